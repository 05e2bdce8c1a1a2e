import { raise, raiseText } from "./body.ts";

const numeric = "DECIMAL(38,9)";

/** A FLOAT64 as JSON: what is no number is a string. */
const floatMember = `CASE WHEN isnan(x) THEN '"NaN"' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END
  ELSE bq_string_of_float64(x) END`;

const iso = (value: string) => `'"' || replace(${value}, ' ', 'T')`;

/** Bodies that TO_JSON and TO_JSON_STRING share. VARCHAR and JSON have no body of their own: DuckDB cannot tell them apart. */
const common = [
  "(x BOOLEAN) AS coalesce(CAST(x AS VARCHAR), 'null')",
  `(x DATE) AS coalesce('"' || CAST(x AS VARCHAR) || '"', 'null')`,
  `(x TIME) AS coalesce('"' || bq_string_of_time(x) || '"', 'null')`,
  `(x TIMESTAMP) AS coalesce(${iso("bq_string_of_datetime(x)")} || '"', 'null')`,
  `(x TIMESTAMPTZ) AS coalesce(${iso("bq_string_of_datetime(timezone('UTC', x))")} || 'Z"', 'null')`,
  `(x BLOB) AS coalesce('"' || to_base64(x) || '"', 'null')`,
  // Arrays and structs: DuckDB's JSON, in which a whole number of type DOUBLE ends in .0; strings are left alone.
  `(x) AS CASE WHEN x IS NULL THEN 'null' WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN CAST(json(to_json(x)) AS VARCHAR)
   WHEN regexp_matches(typeof(x), 'TIME|BLOB|DECIMAL')
   THEN ${raise("'TO_JSON_STRING of ' || typeof(x) || ' is not supported'", "VARCHAR")}
   ELSE regexp_replace(CAST(to_json(x) AS VARCHAR), '("(?:[^"\\\\]|\\\\.)*")|(\\d)\\.0\\b', '\\1\\2', 'g') END`,
];

const literalBodies = [
  `(x) AS CASE WHEN x IS NULL THEN 'NULL'
   WHEN typeof(x) <> 'VARCHAR' OR regexp_matches(CAST(x AS VARCHAR), '[\\x00-\\x1f\\x7f"\\\\]')
   THEN ${raiseText("FORMAT %T of this type, or of a string with special characters, is not supported", "VARCHAR")}
   ELSE '"' || CAST(x AS VARCHAR) || '"' END`,
  "(x BIGINT) AS coalesce(CAST(x AS VARCHAR), 'NULL')",
  "(x BOOLEAN) AS coalesce(CAST(x AS VARCHAR), 'NULL')",
  "(x DOUBLE) AS bq_float_text(x)",
  `(x ${numeric}) AS coalesce('NUMERIC "' || bq_string_of_numeric(x) || '"', 'NULL')`,
  `(x DATE) AS coalesce('DATE "' || CAST(x AS VARCHAR) || '"', 'NULL')`,
  `(x TIME) AS coalesce('TIME "' || bq_string_of_time(x) || '"', 'NULL')`,
  `(x TIMESTAMP) AS coalesce('DATETIME "' || bq_string_of_datetime(x) || '"', 'NULL')`,
  `(x TIMESTAMPTZ) AS coalesce('TIMESTAMP "' || bq_string_of_timestamp(x) || '"', 'NULL')`,
];

const textBodies = [
  `(x) AS CASE WHEN x IS NULL THEN 'NULL' WHEN typeof(x) = 'JSON' THEN CAST(json(CAST(x AS VARCHAR)) AS VARCHAR) ELSE bq_text(x) END`,
  "(x BIGINT) AS coalesce(CAST(x AS VARCHAR), 'NULL')",
  "(x BOOLEAN) AS coalesce(CAST(x AS VARCHAR), 'NULL')",
  "(x DATE) AS coalesce(CAST(x AS VARCHAR), 'NULL')",
  "(x DOUBLE) AS bq_float_text(x)",
  `(x ${numeric}) AS coalesce(bq_string_of_numeric(x), 'NULL')`,
  "(x TIME) AS coalesce(bq_string_of_time(x), 'NULL')",
  "(x TIMESTAMP) AS coalesce(bq_string_of_datetime(x), 'NULL')",
  "(x TIMESTAMPTZ) AS coalesce(bq_string_of_timestamp(x), 'NULL')",
];

/** Values as text: TO_JSON, TO_JSON_STRING, %t and %T of FORMAT, STRING(). */
export const textMacros: readonly string[] = [
  // Integers beyond 2^53 and fractions of NUMERIC are strings in TO_JSON_STRING and numbers in TO_JSON.
  `bq_to_json_string${[
    `(x BIGINT) AS CASE WHEN x IS NULL THEN 'null' WHEN x NOT BETWEEN -9007199254740992 AND 9007199254740992
     THEN '"' || CAST(x AS VARCHAR) || '"' ELSE CAST(x AS VARCHAR) END`,
    `(x ${numeric}) AS CASE WHEN x IS NULL THEN 'null' WHEN x <> trunc(x) OR x NOT BETWEEN -9007199254740992 AND 9007199254740992
     THEN '"' || bq_string_of_numeric(x) || '"' ELSE bq_string_of_numeric(x) END`,
    `(x DOUBLE) AS CASE WHEN x IS NULL THEN 'null' ELSE ${floatMember} END`,
    ...common,
  ].join(", ")}`,
  `bq_to_json_text${[
    "(x BIGINT) AS coalesce(CAST(x AS VARCHAR), 'null')",
    `(x ${numeric}) AS coalesce(bq_string_of_numeric(x), 'null')`,
    `(x DOUBLE) AS CASE WHEN x IS NULL THEN 'null' ELSE ${floatMember}
     || CASE WHEN isfinite(x) AND NOT contains(bq_string_of_float64(x), '.') AND NOT contains(bq_string_of_float64(x), 'e')
     THEN '.0' ELSE '' END END`,
    ...common,
  ].join(", ")}`,
  `bq_format_integer(pattern, x) AS CASE WHEN x < 0 THEN '-' || printf(pattern, -CAST(x AS HUGEINT)) ELSE printf(pattern, x) END`,
  `bq_float_text(x) AS CASE WHEN x IS NULL THEN 'NULL' ELSE bq_string_of_float64(x)
   || CASE WHEN regexp_full_match(bq_string_of_float64(x), '-?\\d+') THEN '.0' ELSE '' END END`,
  `bq_format_literal${literalBodies.join(", ")}`,
  `bq_format_text${textBodies.join(", ")}`,
  // JSON is a VARCHAR to DuckDB's overloads, and a plain string has no STRING().
  `bq_string${[
    "(x) AS bq_json_string(x)",
    "(x DATE) AS CAST(x AS VARCHAR)",
    "(x TIME) AS bq_string_of_time(x)",
    "(x TIMESTAMP) AS bq_string_of_datetime(x)",
    "(x TIMESTAMPTZ) AS bq_string_of_timestamp(x)",
  ].join(", ")}`,
];
