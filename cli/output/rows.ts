import type { Row, Value } from "../../shared/ports/warehouse.ts";

export const formats = ["table", "json", "csv"] as const;
export type Format = (typeof formats)[number];

function plain(value: Value | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? toJson(value) : String(value);
}

// Newer than TypeScript's own declaration of JSON.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON in which a bigint is a number of all its digits. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_name, inner: unknown) => (typeof inner === "bigint" ? rawJSON(inner.toString()) : inner),
    indent,
  );
}

function csvField(value: string): string {
  return /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** How wide one column of a table may get. */
const widthMax = 60;

function cut(text: string): string {
  const oneLine = text.replaceAll(/\s+/g, " ");
  return oneLine.length > widthMax ? `${oneLine.slice(0, widthMax - 1)}…` : oneLine;
}

/** Rows as an aligned table; numbers to the right. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (!first) return "(no rows)";
  const names = Object.keys(first);
  const cells = rows.map((row) => names.map((name) => cut(plain(row[name]))));
  const widths = names.map((name, index) => Math.max(name.length, ...cells.map((line) => line[index]?.length ?? 0)));
  const isNumeric = names.map((name) =>
    rows.every((row) => row[name] === null || typeof row[name] === "number" || typeof row[name] === "bigint"),
  );
  const line = (parts: readonly string[]): string =>
    parts
      .map((part, index) => (isNumeric[index] ? part.padStart(widths[index] ?? 0) : part.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(names), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}

/** Rows in the format asked for. */
export function formatRows(rows: readonly Row[], format: Format): string {
  if (format === "json") return toJson(rows, 2);
  if (format === "table") return table(rows);
  const [first] = rows;
  if (!first) return "";
  const names = Object.keys(first);
  return [names, ...rows.map((row) => names.map((name) => plain(row[name])))]
    .map((line) => line.map(csvField).join(","))
    .join("\n");
}
