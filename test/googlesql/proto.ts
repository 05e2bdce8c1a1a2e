import * as z from "zod";
import type { ScalarKind, Type } from "../models/harness/type.ts";
import { type Cell, decimal, emptyOf, float, instant, jsonText } from "../models/harness/value.ts";

/** A type and a value as the service's messages (zetasql/public/type.proto and value.proto) hold them. */
export interface TypeMessage {
  readonly type_kind: string;
  readonly array_type?: { readonly element_type: TypeMessage } | null | undefined;
  readonly struct_type?:
    | { readonly field?: { readonly field_name: string; readonly field_type: TypeMessage }[] | undefined }
    | null
    | undefined;
}

export const typeSchema: z.ZodType<TypeMessage> = z.lazy(() =>
  z.object({
    type_kind: z.string(),
    array_type: z.object({ element_type: typeSchema }).nullish(),
    struct_type: z
      .object({ field: z.array(z.object({ field_name: z.string(), field_type: typeSchema })).optional() })
      .nullish(),
  }),
);

const kinds: Readonly<Record<ScalarKind, string>> = {
  STRING: "TYPE_STRING",
  INT64: "TYPE_INT64",
  NUMERIC: "TYPE_NUMERIC",
  FLOAT64: "TYPE_DOUBLE",
  BOOL: "TYPE_BOOL",
  DATE: "TYPE_DATE",
  TIMESTAMP: "TYPE_TIMESTAMP",
  TIME: "TYPE_TIME",
  JSON: "TYPE_JSON",
};

export function typeToProto(type: Type): TypeMessage {
  if (type.kind === "ARRAY")
    return { type_kind: "TYPE_ARRAY", array_type: { element_type: typeToProto(type.element) } };
  if (type.kind !== "STRUCT") return { type_kind: kinds[type.kind] };
  const field = type.fields.map(({ name, type: of }) => ({ field_name: name, field_type: typeToProto(of) }));
  return { type_kind: "TYPE_STRUCT", struct_type: { field } };
}

/** @throws Error on a type no model may have (BYTES, DATETIME, …) */
export function typeFromProto(message: TypeMessage): Type {
  if (message.array_type) return { kind: "ARRAY", element: typeFromProto(message.array_type.element_type) };
  if (message.struct_type) {
    const fields = message.struct_type.field ?? [];
    return {
      kind: "STRUCT",
      fields: fields.map((field) => ({ name: field.field_name, type: typeFromProto(field.field_type) })),
    };
  }
  const found = Object.entries(kinds).find(([, kind]) => kind === message.type_kind);
  if (found === undefined)
    throw new Error(`a column is ${message.type_kind.replace("TYPE_", "")}, which no model may have`);
  return { kind: found[0] as ScalarKind };
}

export function valueToProto(type: Type, cell: Cell): object {
  if (cell === null) return {};
  switch (type.kind) {
    case "ARRAY":
      return { array_value: { element: (cell as Cell[]).map((element) => valueToProto(type.element, element)) } };
    case "STRUCT": {
      const struct = cell as { [field: string]: Cell };
      return {
        struct_value: { field: type.fields.map((field) => valueToProto(field.type, struct[field.name] ?? null)) },
      };
    }
    case "STRING":
      return { string_value: cell };
    case "INT64":
      return { int64_value: cell };
    case "NUMERIC":
      return { numeric_value: numericBytes(String(cell)) };
    case "FLOAT64":
      return { double_value: Number(cell) };
    case "BOOL":
      return { bool_value: cell };
    case "DATE":
      return { date_value: Date.parse(`${String(cell)}T00:00:00Z`) / 86_400_000 };
    case "TIMESTAMP":
      return { timestamp_value: timestampParts(String(cell)) };
    case "TIME":
      return { time_value: timeBits(String(cell)) };
    case "JSON":
      return { json_value: cell };
  }
}

const valueSchema = z.object({ value: z.string().optional() }).loose();

/** @throws Error when the message is not a value of that type */
export function valueFromProto(type: Type, message: unknown): Cell {
  const fields = valueSchema.parse(message ?? {});
  const value = fields.value === undefined ? undefined : fields[fields.value];
  if (value === undefined || value === null) return emptyOf(type);
  switch (type.kind) {
    case "ARRAY":
      return listSchema.parse(value).element.map((element) => valueFromProto(type.element, element));
    case "STRUCT": {
      const { field } = structSchema.parse(value);
      return Object.fromEntries(type.fields.map(({ name, type: of }, i) => [name, valueFromProto(of, field[i])]));
    }
    case "STRING":
      return z.string().parse(value);
    case "INT64":
      return decimal(z.string().parse(value));
    case "NUMERIC":
      return numericText(z.instanceof(Buffer).parse(value));
    case "FLOAT64":
      return float(Number(value));
    case "BOOL":
      return z.boolean().parse(value);
    case "DATE":
      return new Date(z.number().parse(value) * 86_400_000).toISOString().slice(0, 10);
    case "TIMESTAMP":
      return timestampText(timestampSchema.parse(value));
    case "TIME":
      return timeText(BigInt(z.string().parse(value)));
    case "JSON":
      return jsonText(JSON.parse(z.string().parse(value)));
  }
}

const listSchema = z.object({ element: z.array(z.unknown()).default([]) });
const structSchema = z.object({ field: z.array(z.unknown()).default([]) });
const timestampSchema = z.object({ seconds: z.coerce.bigint().nullish(), nanos: z.number().nullish() });

/** NUMERIC: the value times 10^9, little-endian two's complement in as few bytes as hold it. */
function numericBytes(text: string): Buffer {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const magnitude = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  let rest = BigInt.asUintN(128, text.startsWith("-") ? -magnitude : magnitude);
  const bytes = Buffer.alloc(16);
  for (let i = 0; i < bytes.length; i += 1) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function numericText(bytes: Buffer): string {
  const unsigned = [...bytes].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const signed = BigInt.asIntN(bytes.length * 8, unsigned);
  const digits = (signed < 0n ? -signed : signed).toString().padStart(10, "0");
  return decimal(`${signed < 0n ? "-" : ""}${digits.slice(0, -9)}.${digits.slice(-9)}`);
}

function timestampParts(text: string): object {
  const [seconds = "", fraction = ""] = text.split(".");
  return {
    seconds: String(Date.parse(`${seconds.replace(" ", "T")}Z`) / 1000),
    nanos: Number(fraction.padEnd(9, "0")),
  };
}

function timestampText({ seconds, nanos }: z.infer<typeof timestampSchema>): string {
  const whole = new Date(Number(seconds ?? 0n) * 1000).toISOString().slice(0, 19);
  return instant(`${whole}.${String(nanos ?? 0).padStart(9, "0")}`);
}

/** TIME: hour, minute and second in 5, 6 and 6 bits, then nanoseconds in 30. */
function timeBits(text: string): string {
  const [hour = "0", minute = "0", rest = "0"] = text.split(":");
  const [second = "0", fraction = ""] = rest.split(".");
  const clock = (BigInt(hour) << 12n) | (BigInt(minute) << 6n) | BigInt(second);
  return String((clock << 30n) | BigInt(fraction.padEnd(9, "0")));
}

function timeText(bits: bigint): string {
  const part = (shift: bigint, width: bigint): bigint => (bits >> shift) & ((1n << width) - 1n);
  const clock = [part(42n, 5n), part(36n, 6n), part(30n, 6n)].map((value) => String(value).padStart(2, "0")).join(":");
  return instant(`${clock}.${String(part(0n, 30n)).padStart(9, "0")}`);
}
