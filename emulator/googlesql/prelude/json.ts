import { once, raiseText } from "./body.ts";

/** A string that is no JSON gives NULL where DuckDB raises. Of a JSON column the question costs nothing. */
const guarded = "CASE WHEN typeof(j) = 'VARCHAR' AND NOT json_valid(CAST(j AS VARCHAR)) THEN NULL ELSE j END";
const number = "json_type(v) IN ('BIGINT', 'UBIGINT', 'DOUBLE')";

function converter(name: string, condition: string, type: string, wanted: string): string {
  return `bq_json_${name}(j) AS ${once(
    "j",
    `CASE WHEN v IS NULL THEN NULL WHEN ${condition} THEN CAST(v ->> '$' AS ${type})
     ELSE ${raiseText(`The provided JSON input is not ${wanted}`, type)} END`,
  )}`;
}

const whole = "CAST(v ->> '$' AS DOUBLE) = floor(CAST(v ->> '$' AS DOUBLE))";

/** JSON functions. Of a STRING they give STRINGs, of JSON they give JSON: cast_to_type takes the argument's type. */
export const jsonMacros: readonly string[] = [
  `bq_json_value(j, p) AS json_value(${guarded}, p) ->> '$'`,
  `bq_json_query(j, p) AS cast_to_type(CASE WHEN typeof(j) = 'VARCHAR'
   THEN nullif(CAST(json_extract(${guarded}, p) AS VARCHAR), 'null') ELSE json_extract(${guarded}, p) END, j)`,
  // The same for a list of paths, and what JSON_QUERY then makes of one of its values.
  `bq_json_values(j, ps) AS json_value(${guarded}, ps)`,
  `bq_json_queries(j, ps) AS json_extract(${guarded}, ps)`,
  `bq_json_query_at(v, j) AS cast_to_type(CASE WHEN typeof(j) = 'VARCHAR'
   THEN nullif(CAST(v AS VARCHAR), 'null') ELSE v END, j)`,
  `bq_json_query_array(j, p) AS cast_to_type(
   CASE WHEN json_type(${guarded}, p) = 'ARRAY' THEN json_extract(${guarded}, p || '[*]') END, [j])`,
  `bq_json_value_array(j, p) AS CAST(CASE WHEN json_type(${guarded}, p) = 'ARRAY'
   AND NOT list_has_any(json_type(${guarded}, p || '[*]'), ['OBJECT', 'ARRAY'])
   THEN json_extract_string(${guarded}, p || '[*]') END AS VARCHAR[])`,
  // A pointer, for a name in it means itself whatever signs it has.
  `bq_json_member(j, k VARCHAR) AS CASE WHEN json_type(j) = 'OBJECT'
   THEN json_extract(j, '/' || replace(replace(k, '~', '~0'), '/', '~1')) END,
   (j, k BIGINT) AS CASE WHEN json_type(j) = 'ARRAY' AND k >= 0 THEN json_extract(j, k) END`,
  `bq_json_type(j) AS CASE json_type(j) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'
   WHEN 'NULL' THEN 'null' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'BIGINT' THEN 'number' WHEN 'UBIGINT' THEN 'number'
   WHEN 'DOUBLE' THEN 'number' END`,
  `bq_json_keys(j) AS CASE WHEN list_has_any(json_type(j, '$.*'), ['OBJECT', 'ARRAY'])
   THEN [${raiseText("JSON_KEYS of nested JSON is not supported", "VARCHAR")}] ELSE list_sort(json_keys(j)) END`,
  "bq_parse_json(s) AS json(s)",
  converter("string", "json_type(v) = 'VARCHAR'", "VARCHAR", "a string"),
  converter("int64", `(${number}) AND ${whole}`, "BIGINT", "an integer"),
  converter("float64", number, "DOUBLE", "a number"),
  converter("bool", "json_type(v) = 'BOOLEAN'", "BOOLEAN", "a boolean"),
  // A number is written as CAST(… AS STRING) writes it: 3 for 3.0.
  `bq_lax_string(j) AS ${once(
    "j",
    `CASE WHEN json_type(v) = 'DOUBLE' THEN bq_string_of_float64(CAST(v ->> '$' AS DOUBLE))
   ELSE json_value(v, '$') ->> '$' END`,
  )}`,
  `bq_lax_int64(j) AS ${once(
    "j",
    `CASE WHEN json_type(v) = 'BOOLEAN' THEN CAST(CAST(v ->> '$' AS BOOLEAN) AS BIGINT)
   ELSE TRY_CAST(regexp_extract(json_value(v, '$') ->> '$', '^\\s*[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?\\s*$') AS BIGINT) END`,
  )}`,
  `bq_lax_float64(j) AS ${once(
    "j",
    `CASE WHEN json_type(v) <> 'BOOLEAN'
   THEN bq_safe_float64_of_string(json_value(v, '$') ->> '$') END`,
  )}`,
  `bq_lax_bool(j) AS ${once(
    "j",
    `CASE WHEN json_type(v) IN ('BOOLEAN', 'VARCHAR')
   THEN CASE lower(v ->> '$') WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END
   WHEN json_type(v) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(v ->> '$' AS DOUBLE) <> 0 END`,
  )}`,
];
