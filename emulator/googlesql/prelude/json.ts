import { raise, raiseText } from "./raise.ts";

/** A string that is no JSON gives NULL where DuckDB raises. Of a JSON column the question costs nothing. */
const guarded = "CASE WHEN typeof(j) = 'VARCHAR' AND NOT json_valid(CAST(j AS VARCHAR)) THEN NULL ELSE j END";
const number = "json_type(j) IN ('BIGINT', 'UBIGINT', 'DOUBLE')";

function converter(name: string, condition: string, type: string, wanted: string): string {
  return `bq_json_${name}(j) AS CASE WHEN j IS NULL THEN NULL WHEN ${condition} THEN CAST(j ->> '$' AS ${type})
    ELSE ${raiseText(`The provided JSON input is not ${wanted}`, type)} END`;
}

const whole = "TRY_CAST(j ->> '$' AS DOUBLE) = floor(TRY_CAST(j ->> '$' AS DOUBLE))";

/** JSON functions. Of a STRING they give STRINGs, of JSON they give JSON: cast_to_type takes the argument's type. */
export const jsonMacros: readonly string[] = [
  `bq_json_value(j, p) AS json_value(${guarded}, p) ->> '$'`,
  `bq_json_query(j, p) AS cast_to_type(CASE WHEN typeof(j) = 'VARCHAR'
   THEN nullif(CAST(json_extract(${guarded}, p) AS VARCHAR), 'null') ELSE json_extract(${guarded}, p) END, j)`,
  `bq_json_query_array(j, p) AS cast_to_type(
   CASE WHEN json_type(${guarded}, p) = 'ARRAY' THEN json_extract(${guarded}, p || '[*]') END, [j])`,
  `bq_json_value_array(j, p) AS CASE WHEN json_type(${guarded}, p) = 'ARRAY'
   AND NOT list_has_any(json_type(${guarded}, p || '[*]'), ['OBJECT', 'ARRAY'])
   THEN json_extract_string(${guarded}, p || '[*]') END`,
  `bq_json_type(j) AS CASE json_type(j) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'
   WHEN 'NULL' THEN 'null' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'BIGINT' THEN 'number' WHEN 'UBIGINT' THEN 'number'
   WHEN 'DOUBLE' THEN 'number' END`,
  `bq_json_keys(j) AS CASE WHEN list_has_any(json_type(j, '$.*'), ['OBJECT', 'ARRAY'])
   THEN [${raiseText("JSON_KEYS of nested JSON is not supported", "VARCHAR")}] ELSE list_sort(json_keys(j)) END`,
  "bq_parse_json(s) AS json(s)",
  converter("string", "json_type(j) = 'VARCHAR'", "VARCHAR", "a string"),
  converter("int64", `(${number}) AND ${whole}`, "BIGINT", "an integer"),
  converter("float64", number, "DOUBLE", "a number"),
  converter("bool", "json_type(j) = 'BOOLEAN'", "BOOLEAN", "a boolean"),
  "bq_lax_string(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN NULL ELSE j ->> '$' END",
  `bq_lax_int64(j) AS CASE WHEN json_type(j) = 'BOOLEAN' THEN CAST(CAST(j ->> '$' AS BOOLEAN) AS BIGINT)
   WHEN regexp_full_match(bq_lax_string(j), '[+-]?\\d+') THEN TRY_CAST(bq_lax_string(j) AS BIGINT)
   ELSE TRY_CAST(round(bq_safe_float64_of_string(bq_lax_string(j))) AS BIGINT) END`,
  `bq_lax_float64(j) AS CASE WHEN json_type(j) = 'BOOLEAN' THEN NULL
   ELSE bq_safe_float64_of_string(bq_lax_string(j)) END`,
  `bq_lax_bool(j) AS CASE WHEN json_type(j) = 'BOOLEAN' THEN CAST(j ->> '$' AS BOOLEAN)
   WHEN json_type(j) = 'VARCHAR' THEN CASE lower(j ->> '$') WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END
   WHEN ${number} THEN CAST(j ->> '$' AS DOUBLE) <> 0 END`,
  `bq_cast_json(x) AS CASE WHEN typeof(x) IN ('JSON', '"NULL"') THEN CAST(x AS JSON) ELSE ${raise("'CAST to JSON of ' || typeof(x)", "JSON")} END`,
  `bq_string(x) AS CASE WHEN typeof(x) = 'JSON' THEN bq_json_string(CAST(CAST(x AS VARCHAR) AS JSON)) ELSE bq_cast_string(x) END`,
  // Integers beyond 2^53 and fractions of NUMERIC are strings in TO_JSON_STRING and numbers in TO_JSON.
  `bq_json_text(x, quoted) AS CASE WHEN x IS NULL THEN 'null'
   WHEN typeof(x) IN ('BIGINT', 'INTEGER', 'HUGEINT')
     THEN CASE WHEN quoted AND abs(CAST(CAST(x AS VARCHAR) AS HUGEINT)) > 9007199254740992 THEN '"' || CAST(x AS VARCHAR) || '"'
     ELSE CAST(x AS VARCHAR) END
   WHEN typeof(x) LIKE 'DECIMAL%'
     THEN CASE WHEN quoted AND (contains(bq_cast_string(x), '.') OR length(bq_cast_string(x)) > 15)
     THEN '"' || bq_cast_string(x) || '"' ELSE bq_cast_string(x) END
   WHEN typeof(x) = 'DOUBLE' THEN CASE WHEN regexp_matches(bq_cast_string(x), '[na]') THEN
     '"' || CASE bq_cast_string(x) WHEN 'nan' THEN 'NaN' WHEN 'inf' THEN 'Infinity' ELSE '-Infinity' END || '"'
     ELSE bq_cast_string(x) || CASE WHEN quoted OR regexp_matches(bq_cast_string(x), '[.e]') THEN '' ELSE '.0' END END
   WHEN typeof(x) = 'BOOLEAN' THEN CAST(x AS VARCHAR)
   WHEN typeof(x) IN ('DATE', 'TIME') THEN '"' || bq_cast_string(x) || '"'
   WHEN typeof(x) = 'TIMESTAMP' THEN '"' || replace(bq_cast_string(x), ' ', 'T') || '"'
   WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN '"' || replace(replace(bq_cast_string(x), ' ', 'T'), '+00', 'Z') || '"'
   WHEN typeof(x) = 'BLOB' THEN '"' || to_base64(CAST(x AS BLOB)) || '"'
   WHEN typeof(x) = 'JSON' THEN CAST(json(CAST(x AS VARCHAR)) AS VARCHAR)
   WHEN typeof(x) = 'VARCHAR' THEN CAST(to_json(CAST(x AS VARCHAR)) AS VARCHAR)
   WHEN regexp_matches(typeof(x), 'TIME|BLOB|DECIMAL')
     THEN ${raise("'TO_JSON_STRING of ' || typeof(x) || ' is not supported'", "VARCHAR")}
   ELSE regexp_replace(CAST(to_json(x) AS VARCHAR), '("(?:[^"\\\\]|\\\\.)*")|(\\d)\\.0\\b', '\\1\\2', 'g') END`,
  `bq_to_json_text(x) AS bq_json_text(x, FALSE)`,
  `bq_to_json_string(x) AS bq_json_text(x, TRUE)`,
];
