import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { PermanentError } from "../../errors.ts";
import { type ColumnRules, columnNames } from "./columns.ts";

/** How many records are given on at once. */
const batchRows = 500;
/** A record beyond it is rather a quote that is never closed. */
const recordBytesMax = 16 * 1024 * 1024;

export interface CsvRules {
  readonly columns: ColumnRules;
  /** Records at the beginning that were read before. */
  readonly skip?: number;
}

/** Some records, each the JSON text of its columns. Empty values are left out: CSV cannot tell them from ones that are not there. */
export interface CsvBatch {
  readonly records: readonly Buffer[];
  /** Records of the file up to here, those that were skipped included. */
  readonly rows: number;
}

/** Text in another encoding would come out as something else without a word. */
async function* asUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of bytes) {
      decoder.decode(chunk, { stream: true });
      yield chunk;
    }
    decoder.decode();
  } catch (error) {
    if (!isEncodingError(error)) throw error;
    throw new PermanentError("A CSV file of the source is not UTF-8. Ask for an export in UTF-8");
  }
}

function isEncodingError(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA"
  );
}

/** The beginning of each column's member in a record: `"Name":`. */
function membersOf(header: readonly string[], rules: ColumnRules): readonly (string | undefined)[] {
  return columnNames(header, rules).map((name) => (name === undefined ? undefined : `${JSON.stringify(name)}:`));
}

function recordOf(line: readonly string[], members: readonly (string | undefined)[]): Buffer {
  let text = "";
  for (const [index, value] of line.entries()) {
    const member = members[index];
    if (value === "" || member === undefined) continue;
    text += `${text === "" ? "" : ","}${member}${JSON.stringify(value)}`;
  }
  return Buffer.from(`{${text}}`, "utf8");
}

function assertFits(line: readonly string[], members: readonly (string | undefined)[], row: number): void {
  if (line.length <= members.length || line.slice(members.length).every((value) => value === "")) return;
  throw new PermanentError(
    `Record ${row} of a CSV file of the source has ${line.length} values for ${members.length} columns: one of its values is not quoted as it should be`,
  );
}

function isLine(line: unknown): line is string[] {
  return Array.isArray(line);
}

/**
 * Reads the records of a CSV file as its bytes come. It may begin with a byte order mark; its first line names the columns, in any order;
 * quoted values may hold line breaks; a line may lack columns at its end.
 * @throws PermanentError for what is not such a file
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>, rules: CsvRules): AsyncGenerator<CsvBatch> {
  const options = { bom: true, relax_column_count: true, skip_empty_lines: true, max_record_size: recordBytesMax };
  const source = Readable.from(asUtf8(bytes), { objectMode: false });
  const lines = parse(options);
  // pipe() passes on no failure.
  source.on("error", (error) => lines.destroy(error)).pipe(lines);
  let members: readonly (string | undefined)[] | undefined;
  let records: Buffer[] = [];
  let rows = 0;
  try {
    for await (const line of lines) {
      if (!isLine(line)) continue;
      if (!members) {
        members = membersOf(line, rules.columns);
        continue;
      }
      rows += 1;
      if (rows <= (rules.skip ?? 0)) continue;
      assertFits(line, members, rows);
      records.push(recordOf(line, members));
      if (records.length === batchRows) {
        yield { records, rows };
        records = [];
      }
    }
  } catch (error) {
    // Its message would quote the line.
    throw error instanceof CsvError
      ? new PermanentError(`A CSV file of the source cannot be read after record ${rows}: ${error.code}`)
      : error;
  } finally {
    source.destroy();
    lines.destroy();
  }
  if (!members) throw new PermanentError("A CSV file of the source is empty: it does not even name its columns");
  if (records.length > 0) yield { records, rows };
}
