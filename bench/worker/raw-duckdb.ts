import { DuckDBInstance } from "@duckdb/node-api";
import { answer, options, peakMb } from "./answer.ts";

/** DuckDB by itself: reads the same parts into a table, folds them to live rows, and counts those. */
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
const result = await connection.runAndReadAll(`
  WITH latest AS (
    SELECT * FROM raw WHERE op IN ('upsert', 'delete')
    QUALIFY row_number() OVER (PARTITION BY source_id, school_year, record_id ORDER BY (op = 'delete') DESC, change_version DESC, extracted_at DESC, row_hash) = 1
  ), live AS (
    SELECT * FROM latest WHERE op = 'upsert'
    QUALIFY row_number() OVER (
      PARTITION BY source_id, school_year, concat_ws(chr(31),
        data ->> '$.attendanceEventCategoryDescriptor', data ->> '$.eventDate', data ->> '$.studentReference.studentUniqueId', data ->> '$.sectionReference.localCourseCode',
        data ->> '$.sectionReference.schoolId', data ->> '$.sectionReference.schoolYear', data ->> '$.sectionReference.sectionIdentifier', data ->> '$.sectionReference.sessionName')
      ORDER BY change_version DESC, extracted_at DESC, record_id) = 1
  )
  SELECT count(*) AS rows, bit_xor(('0x' || row_hash[1:15])::BIGINT) AS fingerprint FROM live`);
const [row] = result.getRowObjectsJson();
answer({ ms: performance.now() - startedAt, loadedMs, rows: Number(row?.rows), peakMb: peakMb() });
process.exit(0);
