import { isRawNumber, type JsonObject, type JsonValue } from "../json/lossless.ts";

/** A value as text, numbers with all their digits; "" for what is not there. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) {
    return "";
  }
  return isRawNumber(value) ? value.rawJSON : String(value);
}

/** A record's `id` as text. */
export function idText(record: JsonObject): string {
  return textOf(record.id);
}
