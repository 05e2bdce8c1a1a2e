/** Reads a stream of chunks as bytes: so many at once, or chunk by chunk, with a way to put back what was too much. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Read from the stream and not used yet. */
  #rest: Buffer = Buffer.alloc(0);
  #isAtEnd = false;
  /** Bytes used so far. */
  used = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async #more(): Promise<Buffer | undefined> {
    if (this.#isAtEnd) return undefined;
    const { done, value } = await this.#chunks.next();
    this.#isAtEnd = done === true;
    return done === true ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }

  /** The next bytes without using them; fewer than `count` at the end of the stream. */
  async peek(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const chunk = await this.#more();
      if (!chunk) break;
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    }
    return this.#rest.subarray(0, count);
  }

  /** Uses bytes that a `peek` has shown. */
  skip(count: number): void {
    this.#rest = this.#rest.subarray(count);
    this.used += count;
  }

  /** The next bytes, `undefined` when the stream ends before there are as many. */
  async take(count: number): Promise<Buffer | undefined> {
    const bytes = await this.peek(count);
    if (bytes.length < count) return undefined;
    this.skip(count);
    return bytes;
  }

  /** What comes next, at most `max` bytes and never none; `undefined` at the end. */
  async chunk(max = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const chunk = await this.#more();
      if (!chunk) return undefined;
      this.#rest = chunk;
    }
    const bytes = this.#rest.subarray(0, max);
    this.skip(bytes.length);
    return bytes;
  }

  /** Puts back the last bytes of a chunk. */
  unread(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([bytes, this.#rest]);
    this.used -= bytes.length;
  }

  /** Ends the stream, wherever it stands. */
  async close(): Promise<void> {
    this.#isAtEnd = true;
    await this.#chunks.return?.();
  }
}
