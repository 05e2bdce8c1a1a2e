import type { Post } from "../config/connector.ts";
import type { ParentKeys } from "./walk.ts";

/** What a request says besides its address: numbers stay numbers where they go into a body. */
export type Parameters = Readonly<Record<string, string | number>>;

type Json = Post["body"][string];
type JsonObject = { [name: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value with the keys of the parents in it. A text that holds more than a name in braces is none of ours: queries are full of them. */
function filled(value: Json, keys: ParentKeys): Json {
  if (typeof value === "string") return keys[/^\{(\w+)\}$/.exec(value)?.[1] ?? ""] ?? value;
  if (Array.isArray(value)) return value.map((item) => filled(item, keys));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, keys)]));
}

/** An object with more members in the one that steps lead to, which is made where it is missing. */
function withMembers(body: JsonObject, [step, ...steps]: readonly string[], members: JsonObject): JsonObject {
  if (step === undefined) return { ...body, ...members };
  const inner = body[step];
  return { ...body, [step]: withMembers(isObject(inner) ? inner : {}, steps, members) };
}

/** The body of a request for the records below one parent. */
export function postBody({ body, parameters_at: at }: Post, keys: ParentKeys, parameters: Parameters): JsonObject {
  const own = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, filled(value, keys)]));
  return withMembers(own, at.split(".").slice(1), { ...parameters });
}
