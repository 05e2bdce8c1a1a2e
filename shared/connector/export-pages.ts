import { hash } from "node:crypto";
import type { ZipOfCsvPaging } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { CsvBatch } from "./decode/csv.ts";
import { FileNotInZip, readZipOfCsv } from "./decode/zip-of-csv.ts";
import { endStream, type HttpAnswer } from "./http.ts";
import type { Collection } from "./record-url.ts";
import { Refusal } from "./refusal.ts";
import type { Position, Walk } from "./walk.ts";

/**
 * Endpoints whose records come in one file: a CSV file in a zip. It is read as it comes, and given on in pages of some hundred records. A walk
 * that is taken up again fetches the file anew and passes over the records it had, provided it is the same file.
 */

type ExportPosition = Extract<Position, { type: "export" }>;

/** A file that is being read. */
interface OpenFile {
  readonly batches: AsyncGenerator<CsvBatch, void>;
  /** What tells this file from the next one under the same address. */
  readonly file: string;
  rows: number;
}

/** By the walk that reads it. What is left open when a walk is given up is closed by `closeExport`. */
const open = new WeakMap<Walk, OpenFile>();

/** Records of one file that came, and where the walk goes on. */
export interface ExportPage {
  readonly records: readonly Buffer[];
  readonly nulls: number;
  readonly next: Position | null;
}

/** What an answer's headers say of the file, as far as they do: its length and when or what it was made. Kept as a hash: it may hold a name. */
function fileOf({ headers }: HttpAnswer): string {
  const told = ["etag", "last-modified", "content-length", "content-disposition"].map(
    (name) => headers.get(name) ?? "",
  );
  return hash("sha256", told.join("|")).slice(0, 24);
}

/** The columns of the natural key have to be there. */
function requiredOf({ endpoint }: Collection): string[] {
  return endpoint.key.flatMap(([path = ""]) => /^\$\.(\w+)$/.exec(path)?.[1] ?? []);
}

async function openFile(
  collection: Collection,
  walk: Walk,
  paging: ZipOfCsvPaging,
  position: ExportPosition,
  assertServed: (answer: HttpAnswer) => void,
): Promise<OpenFile> {
  const answer = await collection.session.open(walk.url, walk.parameters);
  assertServed(answer);
  if (!answer.stream) throw new RetryableError("The source sent no page", { endpoint: collection.name });
  const file = fileOf(answer);
  if (position.rows > 0 && position.file !== file) {
    await endStream(answer.stream);
    throw new PermanentError(
      "The source has made its export anew while it was read. The next run reads the new one from its beginning",
      { endpoint: collection.name },
    );
  }
  const columns = { names: paging.columns, required: requiredOf(collection) };
  const batches = readZipOfCsv(answer.stream, { files: paging.files, columns, skip: position.rows });
  return { batches, file, rows: position.rows };
}

/** A file that this export does not have is an endpoint that this source does not have. */
async function nextBatch({ batches }: OpenFile, endpoint: string): Promise<IteratorResult<CsvBatch, void>> {
  try {
    return await batches.next();
  } catch (error) {
    throw error instanceof FileNotInZip ? new Refusal("unsupported", 200, `${error.message} (${endpoint})`) : error;
  }
}

/** Reads some records of the file at the walk's position. @throws what opening and reading it says is wrong */
export async function readExport(
  collection: Collection,
  walk: Walk,
  paging: ZipOfCsvPaging,
  position: ExportPosition,
  assertServed: (answer: HttpAnswer) => void,
): Promise<ExportPage> {
  const known = open.get(walk);
  const file = known?.rows === position.rows ? known : await openFile(collection, walk, paging, position, assertServed);
  open.set(walk, file);
  const { value, done } = await nextBatch(file, collection.name);
  if (done) {
    open.delete(walk);
    return { records: [], nulls: 0, next: null };
  }
  file.rows = value.rows;
  return { records: value.records, nulls: 0, next: { type: "export", rows: value.rows, file: file.file } };
}

/** Closes the file that a walk is reading, wherever it stands. */
export async function closeExport(walk: Walk): Promise<void> {
  const file = open.get(walk);
  open.delete(walk);
  await file?.batches.return(undefined);
}
