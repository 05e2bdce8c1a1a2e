import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { listed, normalId, type Versions } from "./base-rows.ts";

/** One line of `_changeversions/<resource>.tsv`: an id and the change version that its row has. */
interface Line {
  readonly id: string;
  readonly version: bigint;
}

async function* readLines(path: string): AsyncIterable<Line> {
  const file = createReadStream(path);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  file.once("error", (error) => input.destroy(error));
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const [id = "", version = ""] = line.split("\t");
    if (id !== "" && /^\d+$/.test(version)) {
      yield { id: normalId(id), version: BigInt(version) };
    }
  }
}

/** The largest change version in a file, 0 for an empty one. */
export async function newestIn(path: string): Promise<bigint> {
  let newest = 0n;
  for await (const { version } of readLines(path)) {
    newest = version > newest ? version : newest;
  }
  return newest;
}

/**
 * The change version of each of `count` rows. The file usually lists them in the rows' order; if not, they are matched by id. A row that
 * the file lacks takes the version of the row before it.
 */
export async function readVersions(path: string, count: number, idOf: (ordinal: number) => string): Promise<Versions> {
  const lines = await Array.fromAsync(readLines(path));
  const inOrder = lines.length === count && lines.every((line, ordinal) => line.id === normalId(idOf(ordinal)));
  const byId = inOrder ? undefined : new Map(lines.map(({ id, version }) => [id, version]));
  const versions = new BigInt64Array(count);
  let previous = 0n;
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    previous = (byId ? byId.get(normalId(idOf(ordinal))) : lines[ordinal]?.version) ?? previous;
    versions[ordinal] = previous;
  }
  return listed(versions);
}
