import type { Row, Value } from "../ports/warehouse.ts";

/** Plain values from what the client makes of a cell: dates and times as their text, numerics as exact text. */
export function plainValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (Buffer.isBuffer(value)) return value.toString("base64");
  const wrapped = value as { value?: unknown; toFixed?: unknown; constructor?: { name?: string } };
  if (/^BigQuery(Date|Time|Datetime|Timestamp|Int)$/.test(wrapped.constructor?.name ?? ""))
    return String(wrapped.value);
  if (wrapped.constructor?.name === "Big") return String(value);
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, inner]) => [name, plainValue(inner)]),
  );
}

/** A row of plain values. */
export function plainRow(row: unknown): Row {
  return plainValue(row) as Row;
}

/** INT64 as a number where that is exact, else as a bigint. */
export function integer(text: string | number): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
