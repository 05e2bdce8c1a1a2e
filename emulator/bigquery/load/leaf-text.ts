/**
 * Reads a JSON scalar as BigQuery would for a column of this type.
 * @param raw the scalar's JSON text: a string with its quotes, a number, true or false
 * @returns a JSON string whose content DuckDB casts to the column's type, or undefined when it is not such a value
 */
export function leafText(type: string, raw: string): string | undefined {
  if (type === "STRING") return raw.startsWith('"') ? raw : `"${raw}"`;
  const isQuoted = raw.startsWith('"');
  const text = isQuoted ? (JSON.parse(raw) as string).trim() : raw;
  const cast = castableText(type, text, isQuoted);
  return cast === undefined ? undefined : JSON.stringify(cast);
}

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const decimal = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

function castableText(type: string, text: string, isQuoted: boolean): string | undefined {
  switch (type) {
    case "INTEGER":
      return integerText(text);
    case "FLOAT":
      return decimal.test(text) || /^[-+]?(nan|inf|infinity)$/i.test(text) ? text.replace(/^\+/, "") : undefined;
    case "NUMERIC":
    case "BIGNUMERIC":
      return decimal.test(text) ? text : undefined;
    case "BOOLEAN":
      return booleanText(text);
    case "BYTES":
      return bytesText(text);
    case "DATE":
      return isQuoted && isDate(text) ? text : undefined;
    case "TIME":
      return isQuoted && isClock(text) ? text : undefined;
    case "DATETIME":
      return isQuoted ? datetimeText(text) : undefined;
    case "TIMESTAMP":
      return isQuoted ? timestampText(text) : epochText(text);
    default:
      return isQuoted ? text : undefined;
  }
}

/** A fraction of zeros is allowed: many writers have only one kind of number. */
function integerText(text: string): string | undefined {
  const match = /^([-+]?\d+)(?:\.0*)?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const value = BigInt(match[1].replace(/^\+/, ""));
  return value < int64Min || value > int64Max ? undefined : String(value);
}

function booleanText(text: string): string | undefined {
  if (/^(true|t|yes|y|1)$/i.test(text)) return "true";
  return /^(false|f|no|n|0)$/i.test(text) ? "false" : undefined;
}

/** Base64, in either alphabet, as the escapes of a DuckDB BLOB. */
function bytesText(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64").toString("hex").replace(/../g, "\\x$&");
}

/** The calendar is asked, so that the 30th of February is refused here, where the row is known. */
function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isClock(text: string): boolean {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{0,9})?$/.exec(text);
  return match !== null && Number(match[1]) < 24 && Number(match[2]) < 60 && Number(match[3]) < 60;
}

function datetimeText(text: string): string | undefined {
  const match = /^(\d{4}-\d{1,2}-\d{1,2})(?:[Tt ](\S+))?$/.exec(text);
  if (match?.[1] === undefined || !isDate(match[1])) return undefined;
  if (match[2] === undefined) return `${match[1]} 00:00:00`;
  return isClock(match[2]) ? `${match[1]} ${match[2]}` : undefined;
}

function timestampText(text: string): string | undefined {
  const match =
    /^(\d{4}-\d{1,2}-\d{1,2})(?:[Tt ]+([\d:.]+))?\s*(Z|UTC|[-+]\d{1,2}(?::?\d{2})?|[A-Za-z_]+\/[A-Za-z_/]+)?$/i.exec(
      text,
    );
  if (match?.[1] === undefined || !isDate(match[1])) return epochText(text);
  const clock = match[2] ?? "00:00:00";
  const fullClock = /^\d{1,2}:\d{1,2}$/.test(clock) ? `${clock}:00` : clock;
  if (!isClock(fullClock)) return undefined;
  return `${match[1]} ${fullClock}${zoneText(match[3])}`;
}

function zoneText(zone: string | undefined): string {
  if (zone === undefined || /^(z|utc)$/i.test(zone)) return "+00";
  const offset = /^([-+])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (offset === null) return ` ${zone}`;
  return `${offset[1]}${offset[2]?.padStart(2, "0")}:${offset[3] ?? "00"}`;
}

/** A number is the seconds since 1970; the digits are taken one by one, since a double would lose some. */
function epochText(text: string): string | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(text);
  if (match?.[2] === undefined) return undefined;
  const micros = BigInt(match[2]) * 1_000_000n + BigInt((match[3] ?? "").slice(0, 6).padEnd(6, "0"));
  const signed = match[1] === "-" ? -micros : micros;
  const millis = signed >= 0n ? signed / 1000n : -((-signed + 999n) / 1000n);
  const date = new Date(Number(millis));
  if (Number.isNaN(date.getTime())) return undefined;
  const rest = String(signed - millis * 1000n).padStart(3, "0");
  return `${date.toISOString().slice(0, -1)}${rest}+00`;
}
