import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBTypeId,
} from "@duckdb/node-api";
import { invalidQuery } from "./errors.ts";

/** How the request wants TIMESTAMP values: seconds as a float (the API's default), microseconds, or ISO 8601. */
export type TimestampFormat = "float" | "int64" | "iso";

/** A value as `rows[].f[]` carries it. */
export interface Cell {
  readonly v: null | string | readonly Cell[] | { readonly f: readonly Cell[] };
}

export type Encode = (value: DuckDBValue) => Cell;

const nullCell: Cell = { v: null };
const emptyArrayCell: Cell = { v: [] };
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** @returns the function that writes the values of a column of this DuckDB type */
export function cellEncoder(type: DuckDBType, format: TimestampFormat): Encode {
  if (type instanceof DuckDBListType) {
    const encode = cellEncoder(type.valueType, format);
    return (value) => (value instanceof DuckDBListValue ? { v: value.items.map(encode) } : emptyArrayCell);
  }
  if (type instanceof DuckDBStructType) {
    const encoders = type.entryTypes.map((entry) => cellEncoder(entry, format));
    return (value) => {
      if (!(value instanceof DuckDBStructValue)) return nullCell;
      const { entries } = value;
      return { v: { f: type.entryNames.map((name, index) => (encoders[index] as Encode)(entries[name] ?? null)) } };
    };
  }
  const text = textOf(type, format);
  return (value) => (value === null ? nullCell : { v: text(value) });
}

function textOf(type: DuckDBType, format: TimestampFormat): (value: DuckDBValue) => string {
  switch (type.typeId) {
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) => (value instanceof DuckDBTimestampTZValue ? timestampText(value.micros, format) : String(value));
    case DuckDBTypeId.TIMESTAMP:
      return (value) => (value instanceof DuckDBTimestampValue ? isoText(value.micros) : String(value));
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return (value) => String(value).replace(" ", "T");
    case DuckDBTypeId.TIME:
      return (value) => (value instanceof DuckDBTimeValue ? clockText(value.micros) : String(value));
    case DuckDBTypeId.BLOB:
      return (value) =>
        value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString("base64") : String(value);
    case DuckDBTypeId.DECIMAL:
      return (value) => (value instanceof DuckDBDecimalValue ? decimalText(value) : String(value));
    case DuckDBTypeId.INTERVAL:
      return (value) => (value instanceof DuckDBIntervalValue ? intervalText(value) : String(value));
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.UBIGINT:
      return (value) => int64Text(value);
    default:
      return String;
  }
}

/** DuckDB sums integers into 128 bits; BigQuery fails where INT64 ends. */
function int64Text(value: DuckDBValue): string {
  if (typeof value === "bigint" && (value < int64Min || value > int64Max))
    throw invalidQuery(`int64 overflow: ${value}`);
  return String(value);
}

function timestampText(micros: bigint, format: TimestampFormat): string {
  if (format === "int64") return String(micros);
  if (format === "iso") return `${isoText(micros)}Z`;
  return floatSecondsText(micros);
}

/** Seconds in the API's own form, `1.735689600123456E9`: written from the digits, since a double would lose some. */
function floatSecondsText(micros: bigint): string {
  const sign = micros < 0n ? "-" : "";
  const digits = String(micros < 0n ? -micros : micros);
  if (digits.length <= 7) {
    const padded = digits.padStart(7, "0");
    return `${sign}${padded.slice(0, -6)}.${trimZeros(padded.slice(-6))}`;
  }
  return `${sign}${digits[0]}.${trimZeros(digits.slice(1))}E${digits.length - 7}`;
}

function trimZeros(digits: string): string {
  return digits.replace(/0+$/, "") || "0";
}

const microsPerDay = 86_400_000_000n;

/** A civil time as BigQuery writes a DATETIME; a fraction of six digits, only where there is one. */
function isoText(micros: bigint): string {
  const floor = micros >= 0n ? micros / microsPerDay : -((-micros + microsPerDay - 1n) / microsPerDay);
  const date = new Date(Number(floor) * 86_400_000).toISOString().slice(0, 10);
  return `${date}T${clockText(micros - floor * microsPerDay)}`;
}

function clockText(micros: bigint): string {
  const two = (value: bigint) => String(value).padStart(2, "0");
  const fraction = micros % 1_000_000n;
  const seconds = micros / 1_000_000n;
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === 0n ? clock : `${clock}.${String(fraction).padStart(6, "0")}`;
}

/** NUMERIC without the zeros that only its storage has. */
function decimalText(value: DuckDBDecimalValue): string {
  const text = value.toString();
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** `[sign]Y-M [sign]D [sign]H:M:S[.F]`, the canonical form of an INTERVAL. */
function intervalText({ months, days, micros }: DuckDBIntervalValue): string {
  const absolute = Math.abs(months);
  const years = `${months < 0 ? "-" : ""}${Math.floor(absolute / 12)}-${absolute % 12}`;
  const clock = micros < 0n ? -micros : micros;
  const seconds = clock / 1_000_000n;
  const fraction = clock % 1_000_000n;
  const time = `${micros < 0n ? "-" : ""}${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}`;
  return `${years} ${days} ${fraction === 0n ? time : `${time}.${trimZeros(String(fraction).padStart(6, "0"))}`}`;
}
