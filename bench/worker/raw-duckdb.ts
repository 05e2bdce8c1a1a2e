import { DuckDBInstance } from "@duckdb/node-api";
import { answer, options, peakMb } from "./answer.ts";

/**
 * DuckDB by itself: reads the same parts into a table, folds them to live rows as the current view does, and takes their count and
 * fingerprint. It is written as well as we can write it: the paths of the key are extracted as one list, and the key is
 * computed before the windows (DuckDB evaluates their expressions twice), so that they need not carry the records. It keeps the numbers of `data` only as
 * its own reader writes them, looks for no cut-off files, and knows no full runs, ledger and job records.
 */
const { file, parts } = options<{ file: string; parts: string[] }>();
const instance = await DuckDBInstance.create(file, { memory_limit: "1GB" });
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
const list = parts.map((part) => `'${part.replaceAll("'", "''")}'`).join(", ");
const columns =
  "{source_id: 'VARCHAR', school_year: 'BIGINT', record_id: 'VARCHAR', op: 'VARCHAR', change_version: 'BIGINT', run_id: 'VARCHAR', run_started_at: 'TIMESTAMPTZ', extracted_at: 'TIMESTAMPTZ', row_hash: 'VARCHAR', data: 'JSON'}";
const startedAt = performance.now();
await connection.run(
  `CREATE TABLE raw AS SELECT * FROM read_json([${list}], format = 'newline_delimited', columns = ${columns})`,
);
const loadedMs = performance.now() - startedAt;
const paths = [
  "$.studentReference.studentUniqueId",
  "$.sectionReference.schoolId",
  "$.sectionReference.schoolYear",
  "$.sectionReference.sessionName",
  "$.sectionReference.localCourseCode",
  "$.sectionReference.sectionIdentifier",
  "$.eventDate",
  "$.attendanceEventCategoryDescriptor",
];
const keyParts = paths.map((_, index) => `lower(trim(parts[${index + 1}]))`).join(" || chr(31) || ");
const result = await connection.runAndReadAll(`
  WITH extracted AS (
    SELECT *, json_extract_string(data, [${paths.map((path) => `'${path}'`).join(", ")}]) AS parts FROM raw WHERE op IN ('upsert', 'delete')
  ), keyed AS (
    SELECT *, coalesce(${keyParts}, record_id) AS natural_key FROM extracted
  ), latest AS (
    SELECT * FROM keyed
    QUALIFY row_number() OVER (PARTITION BY source_id, school_year, record_id ORDER BY (op = 'delete') DESC, change_version DESC, extracted_at DESC, row_hash) = 1
  ), live AS (
    SELECT * FROM latest WHERE op = 'upsert'
    QUALIFY row_number() OVER (PARTITION BY source_id, school_year, natural_key ORDER BY change_version DESC, extracted_at DESC, record_id) = 1
  )
  SELECT count(*) AS rows, bit_xor(('0x' || row_hash[1:15])::BIGINT) AS head, bit_xor(('0x' || row_hash[16:30])::BIGINT) AS tail FROM live`);
const [row] = result.getRowObjectsJson();
answer({ ms: performance.now() - startedAt, loadedMs, rows: Number(row?.rows), peakMb: peakMb() });
process.exit(0);
