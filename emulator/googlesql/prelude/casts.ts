import { raise, raiseText } from "./raise.ts";

const whole = "'\\s*[+-]?\\d+\\s*'";
const hexadecimal = "'\\s*[+-]?0[xX][0-9a-fA-F]+\\s*'";
const decimal = "'\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*'";
const float = "'(?i)\\s*[+-]?((\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?|inf|infinity|nan)\\s*'";
const date = "'\\d{4}-\\d{1,2}-\\d{1,2}'";
const time = "'\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{0,6})?'";
const datetime = "'\\d{4}-\\d{1,2}-\\d{1,2}([ Tt]\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{0,6})?)?'";
const timestamp =
  "'\\d{4}-\\d{1,2}-\\d{1,2}([ Tt]\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{0,6})?)?( ?[Zz]| ?[+-]\\d{1,2}(:\\d{2})?| [A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*)?'";

/** The magnitude of a hexadecimal integer; DuckDB reads no sign before 0x. */
const hexValue =
  "CAST(regexp_replace(trim(s), '^[+-]', '') AS HUGEINT) * CASE WHEN starts_with(trim(s), '-') THEN -1 ELSE 1 END";

interface Parser {
  name: string;
  type: string;
  /** Cases of a string s that is of the type, as WHEN … THEN …; `cast` is CAST or TRY_CAST. */
  cases: (cast: string) => string;
}

/** The instant of a timestamp whose zone is a name, an offset, or missing. */
const instant = (cast: string) => `CASE
  WHEN regexp_matches(s, '[ ][A-Za-z/_]+[A-Za-z0-9_/+-]*$') THEN
    timezone(regexp_extract(s, ' ([A-Za-z].*)$', 1), ${cast}(regexp_replace(s, ' [A-Za-z].*$', '') AS TIMESTAMP))
  ELSE ${cast}(regexp_replace(regexp_replace(s, ' ?[Zz]$', '+00'), ' ?([+-])(\\d)(:\\d{2})?$', '\\10\\2\\3') AS TIMESTAMPTZ) END`;

const parsers: readonly Parser[] = [
  {
    name: "int64",
    type: "BIGINT",
    cases: (cast) => `WHEN regexp_full_match(s, ${whole}) THEN ${cast}(trim(s) AS BIGINT)
      WHEN regexp_full_match(s, ${hexadecimal}) THEN ${cast}(${hexValue.replace("CAST(", `${cast}(`)} AS BIGINT)`,
  },
  {
    name: "float64",
    type: "DOUBLE",
    cases: (cast) => `WHEN regexp_full_match(s, ${float}) THEN ${cast}(trim(s) AS DOUBLE)`,
  },
  {
    name: "numeric",
    type: "DECIMAL(38,9)",
    cases: (cast) => `WHEN regexp_full_match(s, ${decimal}) THEN ${cast}(trim(s) AS DECIMAL(38,9))`,
  },
  {
    name: "bool",
    type: "BOOLEAN",
    cases: () => "WHEN lower(s) = 'true' THEN TRUE WHEN lower(s) = 'false' THEN FALSE",
  },
  { name: "date", type: "DATE", cases: (cast) => `WHEN regexp_full_match(s, ${date}) THEN ${cast}(s AS DATE)` },
  { name: "time", type: "TIME", cases: (cast) => `WHEN regexp_full_match(s, ${time}) THEN ${cast}(s AS TIME)` },
  {
    name: "datetime",
    type: "TIMESTAMP",
    cases: (cast) => `WHEN regexp_full_match(s, ${datetime}) THEN ${cast}(replace(s, 't', 'T') AS TIMESTAMP)`,
  },
  {
    name: "timestamp",
    type: "TIMESTAMPTZ",
    cases: (cast) => `WHEN regexp_full_match(s, ${timestamp}) THEN ${instant(cast)}`,
  },
];

const ofStrings = parsers.flatMap(({ name, type, cases }) => [
  `bq_${name}_of_string(s) AS CASE WHEN s IS NULL THEN NULL ${cases("CAST")} ELSE ${raise(`'Bad ${name} value: ' || s`, type)} END`,
  `bq_safe_${name}_of_string(s) AS CASE ${cases("TRY_CAST")} END`,
]);

/** What is no string is cast by DuckDB, but for halves, which GoogleSQL rounds away from zero. */
const others: Readonly<Record<string, (cast: string) => string>> = {
  int64: (cast) =>
    `WHEN typeof(x) = 'DOUBLE' THEN ${cast}(round(CAST(CAST(x AS VARCHAR) AS DOUBLE)) AS BIGINT) ELSE ${cast}(x AS BIGINT)`,
  time: (cast) => `WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE'
    THEN CAST(timezone('UTC', CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ)) AS TIME) ELSE ${cast}(CAST(x AS VARCHAR)[-15:] AS TIME)`,
};

const ofAny = parsers.flatMap(({ name, type }) =>
  ["", "safe_"].map((safe) => {
    const cast = safe === "" ? "CAST" : "TRY_CAST";
    const other = others[name]?.(cast) ?? `ELSE ${cast}(x AS ${type})`;
    return `bq_${safe}cast_${name}(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN bq_${safe}${name}_of_string(CAST(x AS VARCHAR)) ${other} END`;
  }),
);

/** The fraction of a second: nothing, milliseconds or microseconds. */
const fraction = `CASE WHEN microsecond(t) % 1000000 = 0 THEN '' WHEN microsecond(t) % 1000 = 0
  THEN printf('.%03d', (microsecond(t) % 1000000) // 1000) ELSE printf('.%06d', microsecond(t) % 1000000) END`;

/** Casts. `typeof` is a constant when the statement is bound, so that of all cases one remains. */
export const castMacros: readonly string[] = [
  ...ofStrings,
  ...ofAny,
  `bq_fraction(t) AS ${fraction}`,
  "bq_datetime_text(t) AS strftime(t, '%Y-%m-%d %H:%M:%S') || bq_fraction(t)",
  // Fifteen digits if they are enough to read the same number back, otherwise seventeen.
  `bq_double_text(x) AS CASE WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END
   WHEN x = 0 THEN '0' WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END`,
  `bq_cast_string(x) AS CASE
   WHEN typeof(x) = 'VARCHAR' THEN CAST(x AS VARCHAR)
   WHEN typeof(x) = 'DOUBLE' THEN bq_double_text(CAST(CAST(x AS VARCHAR) AS DOUBLE))
   WHEN typeof(x) LIKE 'DECIMAL%' AND contains(CAST(x AS VARCHAR), '.') THEN rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')
   WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE'
     THEN bq_datetime_text(timezone('UTC', CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ))) || '+00'
   WHEN typeof(x) = 'TIMESTAMP' THEN bq_datetime_text(CAST(CAST(x AS VARCHAR) AS TIMESTAMP))
   WHEN typeof(x) = 'TIME' THEN strftime(DATE '1970-01-01' + CAST(CAST(x AS VARCHAR) AS TIME), '%H:%M:%S')
     || bq_fraction(DATE '1970-01-01' + CAST(CAST(x AS VARCHAR) AS TIME))
   WHEN typeof(x) = 'BLOB' THEN decode(CAST(x AS BLOB))
   WHEN typeof(x) IN ('BIGINT', 'INTEGER', 'HUGEINT', 'BOOLEAN', 'DATE', '"NULL"') OR typeof(x) LIKE 'DECIMAL%' THEN CAST(x AS VARCHAR)
   ELSE ${raise("'CAST to STRING of ' || typeof(x)", "VARCHAR")} END`,
  "bq_safe_cast_string(x) AS TRY(bq_cast_string(x))",
  `bq_cast_bytes(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN encode(CAST(x AS VARCHAR)) WHEN typeof(x) = 'BLOB' THEN CAST(x AS BLOB)
   ELSE ${raise("'CAST to BYTES of ' || typeof(x)", "BLOB")} END`,
  "bq_safe_cast_bytes(x) AS bq_cast_bytes(x)",
  `bq_parse_seconds(s) AS to_timestamp(bq_int64_of_string(s))`,
  `bq_zone_digits(s) AS regexp_replace(s, '[Zz]$', '+00:00')`,
  // %t and %T of FORMAT.
  `bq_format_text(x) AS CASE WHEN x IS NULL THEN 'NULL' WHEN typeof(x) = 'DOUBLE' THEN bq_float_literal(x)
   WHEN typeof(x) = 'JSON' THEN CAST(json(CAST(x AS VARCHAR)) AS VARCHAR) ELSE bq_cast_string(x) END`,
  `bq_float_literal(x) AS bq_cast_string(x) || CASE WHEN regexp_full_match(bq_cast_string(x), '-?\\d+') THEN '.0' ELSE '' END`,
  `bq_format_literal(x) AS CASE WHEN x IS NULL THEN 'NULL' WHEN typeof(x) = 'DOUBLE' THEN bq_float_literal(x)
   WHEN typeof(x) = 'VARCHAR' THEN CASE WHEN regexp_matches(CAST(x AS VARCHAR), '[^ -~]|["\\\\\\\\]') THEN
     ${raiseText("FORMAT %T of a string with special characters is not supported", "VARCHAR")} ELSE '"' || CAST(x AS VARCHAR) || '"' END
   WHEN typeof(x) = 'DATE' THEN 'DATE "' || bq_cast_string(x) || '"'
   WHEN typeof(x) = 'TIMESTAMP' THEN 'DATETIME "' || bq_cast_string(x) || '"'
   WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP "' || bq_cast_string(x) || '"'
   WHEN typeof(x) = 'TIME' THEN 'TIME "' || bq_cast_string(x) || '"'
   WHEN typeof(x) LIKE 'DECIMAL%' THEN 'NUMERIC "' || bq_cast_string(x) || '"'
   WHEN typeof(x) IN ('BIGINT', 'INTEGER', 'BOOLEAN') THEN CAST(x AS VARCHAR)
   ELSE ${raise("'FORMAT %T of ' || typeof(x)", "VARCHAR")} END`,
];
