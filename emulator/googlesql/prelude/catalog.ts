const simpleTypes: readonly (readonly [string, string])[] = [
  ["TIMESTAMP WITH TIME ZONE", "\u0001"],
  ["TIMESTAMP", "DATETIME"],
  ["\u0001", "TIMESTAMP"],
  ["BIGINT", "INT64"],
  ["INTEGER", "INT64"],
  ["HUGEINT", "INT64"],
  ["DOUBLE", "FLOAT64"],
  ["BOOLEAN", "BOOL"],
  ["VARCHAR", "STRING"],
  ["BLOB", "BYTES"],
];

/** SQL that names a DuckDB type in GoogleSQL, arrays and structs included, to three levels of nesting. */
function typeName(type: string): string {
  const simple = simpleTypes.reduce(
    (sql, [from, to]) => `regexp_replace(${sql}, '\\b${from}\\b|${from}$', '${to}', 'g')`,
    type,
  );
  const numeric = `regexp_replace(regexp_replace(${simple}, 'DECIMAL\\(38,9\\)', 'NUMERIC', 'g'), 'DECIMAL\\((\\d+),(\\d+)\\)', 'NUMERIC<\\1, \\2>', 'g')`;
  let sql = `regexp_replace(${numeric}, '(\\w+|NUMERIC<\\d+, \\d+>)\\[\\]', 'ARRAY<\\1>', 'g')`;
  for (let level = 0; level < 3; level += 1) {
    sql = `regexp_replace(${sql}, 'STRUCT\\(([^()]*)\\)\\[\\]', 'ARRAY<STRUCT<\\1>>', 'g')`;
    sql = `regexp_replace(${sql}, 'STRUCT\\(([^()]*)\\)', 'STRUCT<\\1>', 'g')`;
  }
  return `replace(regexp_replace(${sql}, 'NUMERIC<(\\d+), (\\d+)>', 'NUMERIC(\\1, \\2)', 'g'), '"', '')`;
}

const relations = `(SELECT database_name, schema_name, table_name AS name, 'BASE TABLE' AS kind, NULL AS sql FROM duckdb_tables()
  UNION ALL SELECT database_name, schema_name, view_name, 'VIEW', sql FROM duckdb_views() WHERE NOT internal)`;

/** The views of INFORMATION_SCHEMA, over DuckDB's own catalog, as table macros of project and dataset. */
export const catalogMacros: readonly string[] = [
  `bq_information_schema_tables(project, dataset) AS TABLE
   SELECT database_name AS table_catalog, schema_name AS table_schema, name AS table_name, kind AS table_type,
     CASE WHEN kind = 'VIEW' THEN 'NO' ELSE 'YES' END AS is_insertable_into, 'NO' AS is_typed
   FROM ${relations} WHERE database_name = project AND schema_name = dataset`,
  `bq_information_schema_columns(project, dataset) AS TABLE
   SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, column_name,
     CAST(column_index AS BIGINT) AS ordinal_position, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable,
     ${typeName("data_type")} AS data_type
   FROM duckdb_columns() WHERE database_name = project AND schema_name = dataset AND NOT internal`,
  `bq_information_schema_views(project, dataset) AS TABLE
   SELECT database_name AS table_catalog, schema_name AS table_schema, view_name AS table_name, sql AS view_definition
   FROM duckdb_views() WHERE database_name = project AND schema_name = dataset AND NOT internal`,
  `bq_information_schema_schemata(project) AS TABLE
   SELECT database_name AS catalog_name, schema_name FROM duckdb_schemas()
   WHERE database_name = project AND schema_name NOT IN ('main', 'information_schema', 'pg_catalog')
     AND NOT starts_with(schema_name, '$')`,
];
