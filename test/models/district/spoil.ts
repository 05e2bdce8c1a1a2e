import type { Luck } from "../../simulation/luck.ts";

/** What JSON.parse gives. */
type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

/** Members that the lake needs as they are: without its id a record is none. */
const untouched = new Set(["id", "_etag", "link"]);

/**
 * A record of an API as some other system might send it: now and then a member is missing, empty, of another type, out of all range
 * or in another spelling.
 * @param share the share of members that change
 */
export function spoiled(record: Json, luck: Luck, share: number): Json {
  if (Array.isArray(record)) return record.map((item) => spoiledMember(item, luck, share) ?? null);
  if (record === null || typeof record !== "object") return record;
  const members = Object.entries(record).map(([name, value]): [string, Json | undefined] => [
    name,
    untouched.has(name) ? value : spoiledMember(value, luck, share),
  ]);
  return Object.fromEntries(members.filter((member): member is [string, Json] => member[1] !== undefined));
}

function spoiledMember(value: Json, luck: Luck, share: number): Json | undefined {
  if (!luck.chance(share)) return spoiled(value, luck, share);
  const choices = insteadOf(value);
  return choices[luck.below(choices.length)];
}

/** What may come in the place of a value; undefined is nothing at all. */
function insteadOf(value: Json): readonly (Json | undefined)[] {
  const anything = [null, undefined, "", "  ", {}, []];
  if (Array.isArray(value))
    return [...anything, "x", [null], [{}], [...value, ...value], [...value, null], [[...value]]];
  if (value === null || typeof value === "object") return [...anything, "x", 5, [value]];
  if (typeof value === "number") return [...anything, String(value), "x", -1, 0, 1e20, 1e40, 0.123456789012345, true];
  if (typeof value === "boolean") return [...anything, "true", "yes", 1];
  if (/^\d{4}-\d\d-\d\d/.test(value)) return [...anything, ...insteadOfDate(value.slice(0, 10))];
  if (value.includes("#")) return [...anything, ...insteadOfCode(value)];
  return [...anything, "x".repeat(5000), "é", "\u001f", "null", 12, true, `${value} `, value.toUpperCase()];
}

function insteadOfDate(day: string): Json[] {
  const ends = ["0001-01-01", "9999-12-31", "0202-05-27", "2204-05-27", "1900-01-01"];
  return [...ends, "2010-02-30", "12/31/2010", "soon", 20100101, `${day}T00:00:00`];
}

function insteadOfCode(code: string): Json[] {
  const [, word = ""] = code.split("#");
  return [
    word,
    "#",
    `${code} `,
    code.toUpperCase(),
    `uri://other.example#${word}`,
    "uri://other.example#Unheard of",
    `${code}#x`,
  ];
}

/** The same record with each of its codes in another namespace: to the API another record, where a code is part of its key. */
export function inOtherNamespace(record: Json): Json {
  if (typeof record === "string") return record.replace(/^.*#/, "uri://other.example#");
  if (Array.isArray(record)) return record.map(inOtherNamespace);
  if (record === null || typeof record !== "object") return record;
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, inOtherNamespace(value)]));
}
