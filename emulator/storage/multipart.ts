import { invalid } from "./errors.ts";

const headBytesMax = 64 * 1024;
const firstPartBytesMax = 1024 * 1024;

/** A body in two parts: what the first holds, and the second as a stream that must be read to its end. */
export interface RelatedParts {
  readonly first: Buffer;
  readonly secondHeaders: ReadonlyMap<string, string>;
  readonly second: AsyncIterable<Buffer>;
}

/**
 * Reads a multipart/related body of two parts (RFC 2387): a small document, then content of any size, which is never held in memory.
 * Line ends may be CRLF or LF; the clients differ.
 * @throws StorageError 400 when the body is not of this form or ends early.
 */
export async function readRelatedParts(contentType: string, body: AsyncIterable<Buffer>): Promise<RelatedParts> {
  const boundary = /boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2] ?? boundary?.[3];
  if (mark === undefined) throw invalid("The multipart body has no boundary.");
  const reader = new BlockReader(body[Symbol.asyncIterator]());
  const opening = `--${mark}`;
  await reader.skipPast(opening);
  const lineEnd = (await reader.head(2)).toString("latin1") === "\r\n" ? "\r\n" : "\n";
  await reader.skipPast(lineEnd);
  await readHeaders(reader, lineEnd);
  const first = await collect(reader.until(`${lineEnd}${opening}`), firstPartBytesMax);
  await reader.skipPast(lineEnd);
  const secondHeaders = await readHeaders(reader, lineEnd);
  return { first, secondHeaders, second: reader.until(`${lineEnd}${opening}`) };
}

async function readHeaders(reader: BlockReader, lineEnd: string): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  for (let size = 0; size < headBytesMax; ) {
    const line = await collect(reader.until(lineEnd), headBytesMax);
    if (line.length === 0) return headers;
    size += line.length;
    const [name = "", ...value] = line.toString().split(":");
    headers.set(name.trim().toLowerCase(), value.join(":").trim());
  }
  throw invalid("The headers of a part are too long.");
}

async function collect(chunks: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > bytesMax) throw invalid("A part of the multipart body is too long.");
    kept.push(chunk);
  }
  return Buffer.concat(kept);
}

/** Cuts a stream at given marks, holding no more than one chunk and a mark's length. */
class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** The next bytes without taking them. */
  async head(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#more();
    return this.#held.subarray(0, length);
  }

  /** Everything before the mark; the mark itself is taken too. */
  async *until(mark: string): AsyncGenerator<Buffer> {
    const end = Buffer.from(mark);
    for (;;) {
      const at = this.#held.indexOf(end);
      if (at !== -1) {
        const before = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + end.length);
        if (before.length > 0) yield before;
        return;
      }
      const safe = this.#held.length - end.length + 1;
      if (safe > 0) {
        const before = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        yield before;
      }
      await this.#more();
    }
  }

  async skipPast(mark: string): Promise<void> {
    await collect(this.until(mark), headBytesMax);
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw invalid("The multipart body ended before its closing boundary.");
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
  }
}
