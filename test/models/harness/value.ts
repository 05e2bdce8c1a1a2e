import type { Column, Type } from "./type.ts";

/**
 * A value in one spelling, whatever engine or file it came from: INT64 and NUMERIC as decimal text, DATE as `YYYY-MM-DD`,
 * TIMESTAMP as `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, TIME as `HH:MM:SS[.ffffff]`, JSON as text with sorted keys.
 */
export type Cell = string | number | boolean | null | Cell[] | { [field: string]: Cell };
export type CellRow = Readonly<Record<string, Cell>>;

/**
 * Reads a value written by a person in a case.
 * @throws Error saying what was expected and what was found
 */
export function cellFromCase(type: Type, value: unknown): Cell {
  if (value === null || value === undefined) return emptyOf(type);
  if (type.kind === "JSON") return jsonText(value);
  if (type.kind === "ARRAY") {
    if (!Array.isArray(value)) throw wrong(type, value);
    return value.map((element) => cellFromCase(type.element, element));
  }
  if (type.kind === "STRUCT") return structFromCase(type.fields, value);
  return scalarFromCase(type, value);
}

/** What NULL is in a table: BigQuery stores no NULL array, it stores an empty one. */
export function emptyOf(type: Type): Cell {
  return type.kind === "ARRAY" ? [] : null;
}

function structFromCase(fields: readonly Column[], value: unknown): Cell {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("expected a map of fields");
  const given = new Map(Object.entries(value));
  const unknown = [...given.keys()].filter((name) => !fields.some((field) => field.name === name));
  if (unknown.length > 0) throw new Error(`the struct has no field ${unknown.join(", ")}`);
  return Object.fromEntries(fields.map((field) => [field.name, cellFromCase(field.type, given.get(field.name))]));
}

const patterns = {
  INT64: /^-?\d+$/,
  NUMERIC: /^-?\d+(\.\d{1,9})?$/,
  DATE: /^\d{4}-\d{2}-\d{2}$/,
  TIMESTAMP: /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00(:00)?)?$/,
  TIME: /^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/,
} as const;

function scalarFromCase(type: Type, value: unknown): Cell {
  switch (type.kind) {
    case "STRING":
      if (typeof value === "string") return value;
      break;
    case "BOOL":
      if (typeof value === "boolean") return value;
      break;
    case "FLOAT64":
      if (typeof value === "number") return float(value);
      break;
    case "INT64":
    case "NUMERIC":
      if (/^(string|number|bigint)$/.test(typeof value) && patterns[type.kind].test(String(value)))
        return decimal(String(value));
      break;
    case "DATE":
    case "TIMESTAMP":
    case "TIME":
      if (typeof value === "string" && patterns[type.kind].test(value)) return instant(value);
      break;
    default:
      break;
  }
  throw wrong(type, value);
}

function wrong(type: Type, value: unknown): Error {
  const hint = type.kind === "STRING" ? " (quote it in YAML)" : "";
  return new Error(`expected ${type.kind}, found ${JSON.stringify(value)}${hint}`);
}

/** Decimal text without a plus sign, leading zeros or trailing zeros. */
export function decimal(text: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  const digits = `${whole || "0"}${fraction === "" ? "" : `.${fraction}`}`;
  return sign === "-" && digits !== "0" ? `-${digits}` : digits;
}

/** A double to twelve significant digits: sums of doubles depend on the order of their terms beyond that. */
export function float(value: number): Cell {
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : String(value);
}

/** A date or a time in UTC in the spelling of {@link Cell}. */
export function instant(text: string): string {
  return text
    .replace("T", " ")
    .replace(/(Z|\+00(:00)?)$/, "")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** JSON text whose keys are sorted, so that equal documents are equal text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The value as a DuckDB expression of exactly that type. */
export function duckdbLiteral(type: Type, cell: Cell | undefined, cast: string): string {
  if (cell === null || cell === undefined) return `CAST(NULL AS ${cast})`;
  return `CAST(${bareLiteral(type, cell)} AS ${cast})`;
}

function bareLiteral(type: Type, cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "NULL";
  if (type.kind === "ARRAY")
    return `[${(cell as Cell[]).map((element) => bareLiteral(type.element, element)).join(", ")}]`;
  if (type.kind === "STRUCT") {
    const struct = cell as { [field: string]: Cell };
    return `{${type.fields.map((field) => `${quoted(field.name)}: ${bareLiteral(field.type, struct[field.name])}`).join(", ")}}`;
  }
  if (type.kind === "TIMESTAMP") return quoted(`${String(cell)}+00`);
  return typeof cell === "string" ? quoted(cell) : String(cell);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
