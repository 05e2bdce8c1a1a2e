import { open, stat } from "node:fs/promises";
import { invalid, notFound } from "../wire/errors.ts";

/** A file to load, and the address by which the request named it. */
export interface SourceFile {
  readonly uri: string;
  readonly path: string;
  readonly isGzip: boolean;
  readonly bytes: number;
}

/** @returns the local paths of the objects that a gs:// address (with a `*`, perhaps) names; none when there are none */
export type ResolveUri = (uri: string) => Promise<string[]>;

const urisMax = 10_000;

/**
 * Finds the files behind the addresses of a load.
 * @throws BigQueryError (invalid, notFound)
 */
export async function findSources(uris: readonly string[], resolve: ResolveUri): Promise<SourceFile[]> {
  if (uris.length === 0) throw invalid("Load configuration must specify at least one source URI");
  if (uris.length > urisMax) throw invalid(`Too many source URIs: ${uris.length}. The limit is ${urisMax}.`);
  const files: SourceFile[] = [];
  for (const uri of uris) {
    if (!/^gs:\/\/[^/]+\/.+/s.test(uri)) throw invalid(`Source URI must be a Google Cloud Storage location: ${uri}`);
    const paths = await resolve(uri);
    if (paths.length === 0) throw notFound(`URI ${uri}`);
    for (const path of paths) files.push(await readSource(uri, path));
  }
  return files;
}

/** Objects need not be named `.gz` to be compressed: what counts is how they begin, as for BigQuery. */
export async function readSource(uri: string, path: string): Promise<SourceFile> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    return { uri, path, isGzip, bytes: (await stat(path)).size };
  } finally {
    await file.close();
  }
}
