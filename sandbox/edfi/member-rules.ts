import { isObject, isRawNumber, type JsonObject, type JsonValue } from "../json/lossless.ts";
import type { Invalid } from "./invalid.ts";
import { capital } from "./invalid.ts";
import type { Member, Members } from "./members.ts";

/** The record without what its resource does not know: the API overlooks such members, and what they say is lost. */
export function knownMembers(record: JsonObject, members: Members): JsonObject {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]): [string, JsonValue][] => {
      const member = members[name];
      return member === undefined || value === null ? [] : [[name, known(value, member.members)]];
    }),
  );
}

function known(value: JsonValue, members: Members | undefined): JsonValue {
  if (members === undefined) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => known(item, members));
  }
  return isObject(value) ? knownMembers(value, members) : value;
}

/** Adds what is wrong with the members of a record: what is missing, too long, or not of its type. */
export function checkMembers(record: JsonObject, members: Members, invalid: Invalid, path = "$"): void {
  for (const [name, member] of Object.entries(members)) {
    const value = record[name];
    const at = `${path}.${name}`;
    if (value === undefined || value === null || value === "") {
      if (member.required) {
        invalid.add(at, `${capital(name)} is required.`);
      }
    } else {
      checkMember(value, name, member, invalid, at);
    }
  }
}

function checkMember(value: JsonValue, name: string, member: Member, invalid: Invalid, at: string): void {
  const wrong = mistakeIn(value, name, member);
  if (wrong !== undefined) {
    invalid.add(at, wrong);
  } else if (Array.isArray(value)) {
    if (member.required && value.length === 0) {
      invalid.add(at, `${capital(name)} must have at least one item.`);
    }
    for (const [index, item] of value.entries()) {
      if (isObject(item)) {
        checkMembers(item, member.members ?? {}, invalid, `${at}[${index}]`);
      }
    }
  } else if (isObject(value)) {
    checkMembers(value, member.members ?? {}, invalid, at);
  }
}

// Numbers and texts stand for each other, as the server's own reader lets them.
function mistakeIn(value: JsonValue, name: string, { type, format, maxLength }: Member): string | undefined {
  if (type === "array" || type === "object") {
    const fits = type === "array" ? Array.isArray(value) : isObject(value);
    return fits ? undefined : `${capital(name)} must be ${type === "array" ? "a list" : "an object"}.`;
  }
  if (typeof value === "object" && !isRawNumber(value)) {
    return `${capital(name)} must be a single value.`;
  }
  const text = isRawNumber(value) ? value.rawJSON : String(value);
  switch (type) {
    case "integer":
      return mistakeInInteger(text, format);
    case "number":
      return Number.isFinite(Number(text)) ? undefined : `Could not convert string to double: ${text}.`;
    case "boolean":
      return /^(true|false)$/i.test(text) ? undefined : `Could not convert string to boolean: ${text}.`;
    default:
      return mistakeInText(text, name, format, maxLength);
  }
}

function mistakeInInteger(text: string, format: string | undefined): string | undefined {
  if (!/^-?\d{1,19}$/.test(text)) {
    return `Input string '${text}' is not a valid integer.`;
  }
  const number = BigInt(text);
  const isInt64 = format === "int64";
  const fits = isInt64 ? BigInt.asIntN(64, number) === number : BigInt.asIntN(32, number) === number;
  return fits ? undefined : `JSON integer ${text} is too large or small for an ${isInt64 ? "Int64" : "Int32"}.`;
}

function mistakeInText(text: string, name: string, format: string | undefined, maxLength = Number.POSITIVE_INFINITY) {
  if (format === "date" && !isDay(text)) {
    return `${capital(name)} is not a valid date.`;
  }
  if (format === "date-time" && Number.isNaN(Date.parse(text))) {
    return `${capital(name)} is not a valid date and time.`;
  }
  return text.length > maxLength
    ? `The field ${capital(name)} must be a string with a maximum length of ${maxLength}.`
    : undefined;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
}
