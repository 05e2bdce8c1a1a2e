import * as z from "zod";
import { placeOfPositional, positionalName } from "../../googlesql/positional.ts";
import { identifier, literal } from "../store/sql-text.ts";
import { invalid, invalidQuery, notSupported } from "../wire/errors.ts";

interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType | undefined;
  readonly structTypes?: readonly { readonly name?: string | undefined; readonly type: ParameterType }[] | undefined;
}

interface ParameterValue {
  readonly value?: string | number | boolean | null | undefined;
  readonly arrayValues?: readonly ParameterValue[] | undefined;
  readonly structValues?: Readonly<Record<string, ParameterValue>> | undefined;
}

const typeSchema: z.ZodType<ParameterType> = z.lazy(() =>
  z.looseObject({
    type: z.string().transform((type) => type.toUpperCase()),
    arrayType: typeSchema.optional(),
    structTypes: z.array(z.looseObject({ name: z.string().optional(), type: typeSchema })).optional(),
  }),
) as z.ZodType<ParameterType>;

/** The Node client sends a Buffer as JSON.stringify writes one, not as the base64 that the API asks for. */
const bufferSchema = z
  .object({ type: z.literal("Buffer"), data: z.array(z.int().min(0).max(255)) })
  .transform(({ data }) => Buffer.from(data).toString("base64"));

const valueSchema: z.ZodType<ParameterValue> = z.lazy(() =>
  z.looseObject({
    value: z.union([z.string(), z.number(), z.boolean(), z.null(), bufferSchema]).optional(),
    arrayValues: z.array(valueSchema).optional(),
    structValues: z.record(z.string(), valueSchema).optional(),
  }),
) as z.ZodType<ParameterValue>;

const parametersSchema = z
  .array(
    z.looseObject({ name: z.string().optional(), parameterType: typeSchema, parameterValue: valueSchema.default({}) }),
  )
  .max(10_000);

/** The values of a query's parameters, by lower-case name, as DuckDB expressions. */
export type Parameters = ReadonlyMap<string, string>;

/**
 * Reads the parameters of a query, named or positional. Each becomes a literal of its type, put into the statement where its name
 * stands: so a NULL keeps its type, and a value may stand where DuckDB wants a constant.
 * @throws BigQueryError (invalid, invalidQuery)
 */
export function parseParameters(queryParameters: unknown, parameterMode: unknown): Parameters {
  const parsed = parametersSchema.safeParse(queryParameters ?? []);
  if (!parsed.success)
    throw invalid(`Invalid query parameters: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  const hasName = ({ name }: { readonly name?: string | undefined }): boolean => name !== undefined && name !== "";
  // Go's client does not tell the mode.
  const mode = String(parameterMode ?? "").toUpperCase() || (parsed.data.some(hasName) ? "NAMED" : "POSITIONAL");
  const parameters = new Map<string, string>();
  for (const [index, parameter] of parsed.data.entries()) {
    const { parameterType, parameterValue } = parameter;
    if (hasName(parameter) !== (mode === "NAMED"))
      throw invalid("Query parameters are all named, or all positional (parameterMode)");
    const name = parameter.name || positionalName(index + 1);
    const key = name.toLowerCase();
    if (parameters.has(key)) throw invalidQuery(`Duplicate parameter name: ${name}`);
    parameters.set(key, parameterLiteral(name, parameterType, parameterValue));
  }
  return parameters;
}

const scalarTypes: Readonly<Record<string, string>> = {
  STRING: "VARCHAR",
  INT64: "BIGINT",
  INTEGER: "BIGINT",
  FLOAT64: "DOUBLE",
  FLOAT: "DOUBLE",
  NUMERIC: "DECIMAL(38,9)",
  BIGNUMERIC: "DECIMAL(38,18)",
  BOOL: "BOOLEAN",
  BOOLEAN: "BOOLEAN",
  BYTES: "BLOB",
  DATE: "DATE",
  DATETIME: "TIMESTAMP",
  TIME: "TIME",
  TIMESTAMP: "TIMESTAMPTZ",
  JSON: "JSON",
};

function duckTypeOf(name: string, type: ParameterType): string {
  if (type.type === "ARRAY") {
    if (type.arrayType === undefined) throw invalid(`Query parameter '${name}' is an array without arrayType.`);
    return `${duckTypeOf(name, type.arrayType)}[]`;
  }
  if (type.type === "STRUCT" || type.type === "RECORD") {
    const fields = structFields(type).map((field) => `${identifier(field.name)} ${duckTypeOf(name, field.type)}`);
    return `STRUCT(${fields.join(", ")})`;
  }
  const scalar = scalarTypes[type.type];
  if (scalar === undefined) throw notSupported(`query parameters of type ${type.type} (${name})`);
  return scalar;
}

function structFields(type: ParameterType) {
  return (type.structTypes ?? []).map((field, index) => ({
    name: field.name ?? `_field_${index + 1}`,
    type: field.type,
  }));
}

function parameterLiteral(name: string, type: ParameterType, value: ParameterValue): string {
  const duckType = duckTypeOf(name, type);
  if (type.type === "ARRAY") {
    const items = value.arrayValues?.map((item) => parameterLiteral(name, type.arrayType as ParameterType, item));
    // A NULL array and an empty one are the same to BigQuery.
    return `CAST([${(items ?? []).join(", ")}] AS ${duckType})`;
  }
  if (type.type === "STRUCT" || type.type === "RECORD") {
    const { structValues } = value;
    if (structValues === undefined) return `CAST(NULL AS ${duckType})`;
    const members = structFields(type).map((field) => {
      const member = parameterLiteral(`${name}.${field.name}`, field.type, structValues[field.name] ?? {});
      return `${identifier(field.name)} := ${member}`;
    });
    return `CAST(struct_pack(${members.join(", ")}) AS ${duckType})`;
  }
  if (value.value === null || value.value === undefined) return `CAST(NULL AS ${duckType})`;
  return scalarLiteral(name, type.type, String(value.value), duckType);
}

/** What the text of a value may be, where DuckDB would take more, or fail later and with other words. */
const scalarForms: Readonly<Record<string, RegExp>> = {
  BIGINT: /^[-+]?\d{1,19}$/,
  DOUBLE: /^[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|inf|infinity|nan)$/i,
  BOOLEAN: /^(true|false)$/i,
  DATE: /^\d{4}-\d{1,2}-\d{1,2}$/,
  TIME: /^\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,9})?$/,
  TIMESTAMP: /^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?)?$/i,
  TIMESTAMPTZ:
    /^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?)? ?(Z|UTC|[-+]\d{1,2}(:?\d{2})?|[A-Za-z_]+\/[A-Za-z_/]+)?$/i,
  BLOB: /^[A-Za-z0-9+/_-]*={0,2}$/,
};

function scalarLiteral(name: string, type: string, text: string, duckType: string): string {
  const form =
    scalarForms[duckType] ?? (duckType.startsWith("DECIMAL") ? /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i : undefined);
  if (form !== undefined && !form.test(text))
    throw invalid(`Invalid value for query parameter '${name}' of type ${type}: ${text}`);
  if (duckType === "BLOB") return `from_hex(${literal(Buffer.from(text, "base64").toString("hex"))})`;
  if (duckType === "TIMESTAMPTZ") return `CAST(${literal(text.replace(/UTC$/i, "Z"))} AS TIMESTAMPTZ)`;
  return `CAST(${literal(text)} AS ${duckType})`;
}

function shownName(name: string): string {
  const place = placeOfPositional(name);
  return place === undefined ? `'${name}'` : `number ${place}`;
}

/**
 * Puts the parameters into a translated statement, in which they stand as `$name`.
 * @throws BigQueryError (invalidQuery) for a name that has no value
 */
export function bindParameters(sql: string, parameters: Parameters): string {
  // Texts and quoted names are passed over whole, so that a $ inside them stays.
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole;
    const value = parameters.get(name.toLowerCase());
    if (value === undefined) throw invalidQuery(`Query parameter ${shownName(name)} not found`);
    return value;
  });
}
