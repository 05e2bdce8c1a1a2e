import { hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { syntheticDistrict } from "../../sandbox/edfi/synthetic.ts";
import { districtOf } from "../district.ts";
import { answer, options } from "./answer.ts";

/**
 * Compares the parts of a run with what the generator makes: DuckDB counts the ids and hashes the records as they stand in the files.
 * Sums of pieces of the hashes are the same for the same records in any order, and for no others.
 */
const { storageUrl, parts, records, resource, folder } = options<{
  storageUrl: string;
  parts: string[];
  records: number;
  resource: string;
  folder: string;
}>();

/** Hexadecimal digits of a hash in each sum: so few that no sum goes beyond what a number holds. */
const digits = 6;
const pieces = [0, 1, 2, 3];

function generated(): { sums: number[]; idHead: string } {
  const events = syntheticDistrict(districtOf(records)).find((candidate) => candidate.resource === resource);
  if (!events) throw new Error(`the generator makes no ${resource}`);
  const sums = pieces.map(() => 0);
  for (let ordinal = 0; ordinal < events.count; ordinal += 1) {
    const digest = hash("sha256", events.row(ordinal), "buffer");
    for (const piece of pieces) sums[piece] = (sums[piece] ?? 0) + digest.readUIntBE((piece * digits) / 2, digits / 2);
  }
  return { sums, idHead: events.id(0).slice(0, 16) };
}

async function fetchPart(name: string, file: string): Promise<void> {
  const part = await fetch(`${storageUrl}/storage/v1/b/landing/o/${encodeURIComponent(name)}?alt=media`);
  if (!part.ok || !part.body) throw new Error(`the part ${name} cannot be read: ${part.status}`);
  await pipeline(Readable.fromWeb(part.body), createWriteStream(file));
}

const instance = await DuckDBInstance.create(join(folder, "check.duckdb"), { memory_limit: "1GB" });
const connection = await instance.connect();
const pieceColumns = pieces.map((piece) => `piece_${piece}`);
await connection.run(
  `CREATE TABLE seen (head VARCHAR, ordinal UBIGINT, is_as_hashed BOOLEAN, ${pieceColumns.map((name) => `${name} UINTEGER`).join(", ")})`,
);
// A line is taken as text: what JSON would make of it is not what stands in it.
const lineOf = (file: string): string =>
  `SELECT line FROM read_csv('${file}', columns = {line: 'VARCHAR'}, header = false, auto_detect = false, delim = '\\x01', quote = '', escape = '', compression = 'gzip')`;
const after = (label: string): string => `instr(line, '${label}') + ${label.length}`;
const pieceOf = (piece: number): string => `('0x' || substr(digest, ${piece * digits + 1}, ${digits}))::UINTEGER`;
for (const part of parts) {
  const file = join(folder, "part.ndjson.gz");
  await fetchPart(part, file);
  await connection.run(`
    INSERT INTO seen
    WITH cut AS (
      SELECT substr(line, ${after('"record_id":"')}, 32) AS id, substr(line, ${after('"row_hash":"')}, 64) AS row_hash,
        sha256(substr(line, ${after('"data":')}, length(line) - (${after('"data":')}))) AS digest
      FROM (${lineOf(file)}) AS lines
    )
    SELECT substr(id, 1, 16), ('0x' || substr(id, 17))::UBIGINT, digest = row_hash, ${pieces.map(pieceOf).join(", ")} FROM cut`);
  await rm(file);
}
const result = await connection.runAndReadAll(`
  SELECT count(*) AS rows, count(DISTINCT ordinal) AS ids, min(ordinal) AS first, max(ordinal) AS last, min(head) AS head, max(head) AS head_max,
    count(*) FILTER (NOT is_as_hashed) AS wrongly_hashed, ${pieceColumns.map((name) => `sum(${name}) AS ${name}`).join(", ")}
  FROM seen`);
const [row = {}] = result.getRowObjectsJson();
const expected = generated();
answer({
  rows: Number(row.rows),
  ids: Number(row.ids),
  first: Number(row.first),
  last: Number(row.last),
  wronglyHashed: Number(row.wrongly_hashed),
  isAsGenerated:
    row.head === expected.idHead &&
    row.head_max === expected.idHead &&
    pieces.every((piece) => Number(row[`piece_${piece}`]) === expected.sums[piece]),
});
process.exit(0);
