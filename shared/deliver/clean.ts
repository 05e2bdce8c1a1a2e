import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** What the server makes itself, or what a record that was read from it brings along: it is refused or ignored in a body (protocols §9). */
const serverMembers = new Set(["link", "_etag", "_lastModifiedDate"]);
/** Texts that stand for a number that there is not. */
const noNumbers = new Set(["NaN", "Infinity", "-Infinity", "+Infinity"]);

function cleaned(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return value.trim() === "" || noNumbers.has(value) ? undefined : value;
  if (Array.isArray(value)) {
    const items = value.map(cleaned).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const members = membersOf(value);
  return Object.keys(members).length === 0 ? undefined : members;
}

function membersOf(value: JsonObject): JsonObject {
  const members: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const kept = serverMembers.has(name) ? undefined : cleaned(member);
    if (kept !== undefined) members[name] = kept;
  }
  return members;
}

/**
 * The document that is sent for a payload: without what is null or empty, and without what is the server's own. A member that is left out
 * is taken away in the target, because a POST replaces the whole record; that is what an empty value means.
 */
export function documentOf(payload: JsonObject): JsonObject {
  const { id: _, ...members } = membersOf(payload);
  return members;
}
