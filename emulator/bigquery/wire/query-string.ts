import type { TimestampFormat } from "./cell.ts";
import { invalid } from "./errors.ts";

/** @returns the whole number of a query parameter. @throws BigQueryError (invalid) */
export function countOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(`Invalid value for ${name}: ${text}`);
  return value;
}

/** Where a page begins: the token of the page before, or `startIndex`, or the first row. */
export function startOf(query: URLSearchParams): number {
  const token = query.get("pageToken");
  if (token === null || token === "") return countOf(query, "startIndex") ?? 0;
  if (!/^\d{1,15}$/.test(token)) throw invalid(`Invalid page token: ${token}`);
  return Number(token);
}

/** Whether a flag in a body or a query string is set. Python's client writes "True". */
export function isTrue(flag: unknown): boolean {
  return String(flag).toLowerCase() === "true";
}

/** How the client wants TIMESTAMP values. Without a wish they are seconds as a float, as the API has always done. */
export function timestampFormatOf(useInt64Timestamp: unknown, timestampOutputFormat: unknown): TimestampFormat {
  if (timestampOutputFormat === "ISO8601_STRING") return "iso";
  if (timestampOutputFormat === "INT64") return "int64";
  if (timestampOutputFormat === "FLOAT64") return "float";
  return isTrue(useInt64Timestamp) ? "int64" : "float";
}

export function timestampFormatOfQuery(query: URLSearchParams): TimestampFormat {
  return timestampFormatOf(
    query.get("formatOptions.useInt64Timestamp"),
    query.get("formatOptions.timestampOutputFormat"),
  );
}
