import { once, raise, raiseText } from "./body.ts";

const integer = "'\\s*[+-]?\\d+\\s*|\\s*0[xX][0-9a-fA-F]+\\s*'";
const decimal = "'\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*'";
const float = "'(?i)\\s*[+-]?((\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?|inf|infinity|nan)\\s*'";
// There is no year 0.
const year = "(000[1-9]|00[1-9]\\d|0[1-9]\\d{2}|[1-9]\\d{3})";
const date = `${year}-\\d{1,2}-\\d{1,2}`;
const time = "([01]?\\d|2[0-3]):\\d{1,2}:\\d{1,2}(\\.\\d{0,6})?";
const datetime = `${date}([ Tt]${time})?`;
const zone = "( ?[Zz]| ?[+-]\\d{1,2}(:\\d{2})?| [A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*)?";

interface Parser {
  name: string;
  type: string;
  /** SQL: whether the string s is of the type, and its value; `cast` is CAST or TRY_CAST. */
  isOne: string;
  value: (cast: string) => string;
}

const matches = (pattern: string) => `regexp_full_match(v, ${pattern})`;

const parsers: readonly Parser[] = [
  { name: "int64", type: "BIGINT", isOne: matches(integer), value: (cast) => `${cast}(v AS BIGINT)` },
  { name: "float64", type: "DOUBLE", isOne: matches(float), value: (cast) => `${cast}(v AS DOUBLE)` },
  { name: "numeric", type: "DECIMAL(38,9)", isOne: matches(decimal), value: (cast) => `${cast}(v AS DECIMAL(38,9))` },
  { name: "bool", type: "BOOLEAN", isOne: "lower(v) IN ('true', 'false')", value: () => "lower(v) = 'true'" },
  { name: "date", type: "DATE", isOne: matches(`'${date}'`), value: (cast) => `${cast}(v AS DATE)` },
  { name: "time", type: "TIME", isOne: matches(`'${time}'`), value: (cast) => `${cast}(v AS TIME)` },
  {
    name: "datetime",
    type: "TIMESTAMP",
    isOne: matches(`'${datetime}'`),
    value: (cast) => `${cast}(upper(v) AS TIMESTAMP)`,
  },
  {
    name: "timestamp",
    type: "TIMESTAMPTZ",
    isOne: matches(`'${datetime}${zone}'`),
    // DuckDB wants a capital T and Z, no blank before an offset, and two digits in it. What has no zone is of UTC; DuckDB would take
    // that of the text before it, where that named one.
    value: (cast) => `CASE WHEN regexp_full_match(v, '${datetime}') THEN timezone('UTC', ${cast}(upper(v) AS TIMESTAMP))
      ELSE ${cast}(CASE WHEN regexp_matches(v, '[tz]$|[0-9]t[0-9]| [Zz]$| [+-]|[+-][0-9](:[0-9]+)?$')
      THEN regexp_replace(regexp_replace(upper(v), ' ([Z+-])', '\\1'), '([+-])([0-9])(:[0-9]+)?$', '\\10\\2\\3')
      ELSE v END AS TIMESTAMPTZ) END`,
  },
];

/** DuckDB reads no sign before 0x; such a number is rather an error than NULL. */
const signedHex = `WHEN regexp_full_match(v, '\\s*[+-]0[xX][0-9a-fA-F]+\\s*') THEN ${raiseText("Signed hexadecimal integers are not supported")}`;

const ofStrings = parsers.flatMap(({ name, type, isOne, value }) => {
  const more = name === "int64" ? signedHex : "";
  return [
    `bq_${name}_of_string(s) AS ${once(
      "s",
      `CASE WHEN v IS NULL THEN NULL WHEN ${isOne} THEN ${value("CAST")} ${more}
       ELSE ${raise(`'Bad ${name} value: ' || v`, type)} END`,
    )}`,
    `bq_safe_${name}_of_string(s) AS ${once("s", `CASE WHEN ${isOne} THEN ${value("TRY_CAST")} ${more} END`)}`,
  ];
});

/** The fraction of a second: nothing, milliseconds or microseconds. */
const fraction = `CASE WHEN microsecond(t) % 1000000 = 0 THEN '' WHEN microsecond(t) % 1000 = 0
  THEN printf('.%03d', (microsecond(t) % 1000000) // 1000) ELSE printf('.%06d', microsecond(t) % 1000000) END`;

const toText: readonly string[] = [
  `bq_fraction(t) AS ${fraction}`,
  "bq_string_of_datetime(t) AS strftime(t, '%Y-%m-%d %H:%M:%S') || bq_fraction(t)",
  "bq_string_of_timestamp(t) AS bq_string_of_datetime(timezone('UTC', t)) || '+00'",
  "bq_string_of_time(t) AS strftime(DATE '1970-01-01' + t, '%H:%M:%S') || bq_fraction(DATE '1970-01-01' + t)",
  // Fifteen digits if they are enough to read the same number back, otherwise seventeen.
  `bq_string_of_float64(x) AS CASE WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END
   WHEN x = 0 THEN '0' WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END`,
  "bq_string_of_numeric(x) AS regexp_replace(CAST(x AS VARCHAR), '\\.?0+$', '')",
  "bq_string_of_bytes(x) AS decode(x)",
  "bq_string_of_json(x) AS CAST(json(x) AS VARCHAR)",
];

const numeric = "DECIMAL(38,9)";

/** The bodies of a cast by the type of x, where they are not DuckDB's own cast. VARCHAR stands for JSON, too. */
interface Target {
  name: string;
  type: string;
  sources: readonly string[];
  own: Readonly<Record<string, string>>;
}

const targets: readonly Target[] = [
  {
    name: "int64",
    type: "BIGINT",
    sources: ["BIGINT", "DOUBLE", numeric, "BOOLEAN"],
    own: { DOUBLE: "bq_int64_of_float64(x)" },
  },
  { name: "float64", type: "DOUBLE", sources: ["BIGINT", "DOUBLE", numeric], own: {} },
  {
    name: "numeric",
    type: numeric,
    sources: ["BIGINT", "DOUBLE", numeric],
    own: { DOUBLE: "bq_numeric_of_float64(x)" },
  },
  { name: "bool", type: "BOOLEAN", sources: ["BIGINT", "BOOLEAN"], own: {} },
  { name: "date", type: "DATE", sources: ["DATE", "TIMESTAMP", "TIMESTAMPTZ"], own: {} },
  { name: "datetime", type: "TIMESTAMP", sources: ["DATE", "TIMESTAMP", "TIMESTAMPTZ"], own: {} },
  { name: "timestamp", type: "TIMESTAMPTZ", sources: ["DATE", "TIMESTAMP", "TIMESTAMPTZ"], own: {} },
  {
    name: "time",
    type: "TIME",
    sources: ["TIME", "TIMESTAMP", "TIMESTAMPTZ"],
    own: { TIMESTAMPTZ: "bq_time_of_timestamp(x)" },
  },
];

/** What is of none of the types is a VARCHAR or JSON, which DuckDB's overloads cannot tell apart, or no fit at all. */

function overloads({ name, type, sources, own }: Target): string[] {
  return ["", "safe_"].map((safe) => {
    const cast = safe === "" ? "CAST" : "TRY_CAST";
    const bodies = sources.map((source) => {
      const body =
        own[source]?.replace(/bq_(int64|numeric)/, `bq_${safe}$1`) ?? (source === type ? "x" : `${cast}(x AS ${type})`);
      return `(x ${source}) AS ${body}`;
    });
    return `bq_${safe}cast_${name}${bodies.join(", ")}, (x) AS bq_${safe}${name}_of_string(bq_text(x))`;
  });
}

const stringBodies = [
  "(x) AS bq_text(x)",
  "(x BIGINT) AS CAST(x AS VARCHAR)",
  "(x BOOLEAN) AS CAST(x AS VARCHAR)",
  "(x DATE) AS CAST(x AS VARCHAR)",
  "(x DOUBLE) AS bq_string_of_float64(x)",
  `(x ${numeric}) AS bq_string_of_numeric(x)`,
  "(x TIME) AS bq_string_of_time(x)",
  "(x TIMESTAMP) AS bq_string_of_datetime(x)",
  "(x TIMESTAMPTZ) AS bq_string_of_timestamp(x)",
  "(x BLOB) AS decode(x)",
];

const otherCasts: readonly string[] = [
  `bq_text(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN CAST(x AS VARCHAR) ELSE ${raise("'CAST of ' || typeof(x)", "VARCHAR")} END`,
  // A half is rounded away from zero; DuckDB rounds it to the even number.
  "bq_int64_of_float64(x) AS CAST(round(x) AS BIGINT)",
  "bq_safe_int64_of_float64(x) AS TRY_CAST(round(x) AS BIGINT)",
  // DuckDB's own cast loses digits of large numbers.
  ...["CAST", "TRY_CAST"].map(
    (cast) => `bq_${cast === "CAST" ? "" : "safe_"}numeric_of_float64(x) AS CASE
   WHEN abs(x) < 9000000 THEN ${cast}(x AS ${numeric}) ELSE ${cast}(printf('%.9f', x) AS ${numeric}) END`,
  ),
  "bq_time_of_datetime(t) AS CAST(t AS TIME)",
  "bq_time_of_timestamp(t) AS CAST(timezone('UTC', t) AS TIME)",
  `bq_cast_string${stringBodies.join(", ")}`,
  `bq_safe_cast_string${stringBodies.join(", ").replace("decode(x)", "TRY(decode(x))")}`,
  "bq_cast_bytes(x VARCHAR) AS encode(x), (x BLOB) AS x",
  "bq_safe_cast_bytes(x VARCHAR) AS encode(x), (x BLOB) AS x",
  `bq_cast_json(x) AS CASE WHEN typeof(x) IN ('JSON', '"NULL"') THEN CAST(x AS JSON)
   ELSE ${raise("'CAST to JSON of ' || typeof(x)", "JSON")} END`,
];

/** Casts, each overloaded by the type of its argument, and what they are made of. */
export const castMacros: readonly string[] = [...toText, ...ofStrings, ...otherCasts, ...targets.flatMap(overloads)];
