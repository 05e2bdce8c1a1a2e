import type { DuckDBConnection } from "@duckdb/node-api";
import { fieldsOfQuery } from "../store/catalog.ts";
import { rowsOf } from "../store/database.ts";
import { describeFailure } from "../store/duckdb-error.ts";
import { literal, literals } from "../store/sql-text.ts";
import type { Field } from "../wire/field.ts";
import type { LoadConfiguration } from "./load-configuration.ts";
import type { SourceFile } from "./source-file.ts";

export interface Detected {
  readonly fields: readonly Field[];
  /** Rows at the beginning of a CSV file that hold its names, not its values. */
  readonly skipLeadingRows: number;
}

/** Lets DuckDB guess the schema of files. A civil time is taken as a TIMESTAMP, as BigQuery's own guess would be. */
export async function detectSchema(
  connection: DuckDBConnection,
  configuration: LoadConfiguration,
  files: readonly SourceFile[],
): Promise<Detected> {
  const paths = literals(files.map(({ path }) => path));
  const compression = `compression = '${files[0]?.isGzip ? "gzip" : "uncompressed"}'`;
  const { sourceFormat, skipLeadingRows } = configuration;
  try {
    if (sourceFormat === "PARQUET") return await detect(connection, `read_parquet(${paths}, union_by_name = true)`, 0);
    if (sourceFormat === "NEWLINE_DELIMITED_JSON") {
      const reader = `read_json(${paths}, format = 'newline_delimited', map_inference_threshold = -1, ${compression})`;
      return await detect(connection, reader, 0);
    }
    const skip = skipLeadingRows > 0 ? skipLeadingRows - 1 : 0;
    const first = literal(files[0]?.path ?? "");
    const [sniffed] = await rowsOf(
      connection,
      `SELECT HasHeader FROM sniff_csv(${first}, skip = ${skip}, ${compression})`,
    );
    const hasHeader = skipLeadingRows > 0 || sniffed?.HasHeader === true;
    const reader = `read_csv(${paths}, skip = ${skip}, header = ${hasHeader}, ${compression})`;
    return await detect(connection, reader, hasHeader ? skip + 1 : 0);
  } catch (error) {
    throw describeFailure(error);
  }
}

async function detect(connection: DuckDBConnection, reader: string, skipLeadingRows: number): Promise<Detected> {
  const fields = await fieldsOfQuery(connection, `SELECT * FROM ${reader}`);
  return { fields: fields.map(asTimestamp), skipLeadingRows };
}

function asTimestamp(field: Field): Field {
  return {
    ...field,
    type: field.type === "DATETIME" ? "TIMESTAMP" : field.type,
    ...(field.fields === undefined ? {} : { fields: field.fields.map(asTimestamp) }),
  };
}
