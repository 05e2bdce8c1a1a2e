import type { TokenPaging } from "../config/connector.ts";
import { firstTextAt, jsonOf, valueAt } from "./json-value.ts";
import { stepAlong } from "./trail.ts";
import type { Position } from "./walk.ts";

type TokenPosition = Extract<Position, { type: "token" }>;

/**
 * Where a walk by tokens goes on: null when the body holds no token, or says that there is no more. A page may be short or empty.
 * @param envelope the body without its records
 * @throws PermanentError when the source gives a token that it gave before
 */
export function nextToken(
  envelope: string,
  position: TokenPosition,
  paging: TokenPaging,
  path: string,
): Position | null {
  const body = jsonOf(Buffer.from(envelope));
  const token = firstTextAt(body, [paging.next]);
  if (token === undefined || token === "") return null;
  const more = paging.more === undefined ? undefined : valueAt(body, paging.more);
  // Some write the boolean as a text.
  if (more === false || (typeof more === "string" && more.toLowerCase() === "false")) return null;
  return { type: "token", token, trail: stepAlong(position.trail, token, path) };
}
