import { crc32, createInflateRaw } from "node:zlib";
import { PermanentError, RetryableError } from "../../errors.ts";
import { ByteReader } from "./bytes.ts";

/**
 * Reads a zip as it comes, from its first byte to its last, in constant memory. The readers on npm either want the directory at the file's
 * end first, so the file as a whole, or look for the end of a file whose length comes after it by its signature, which packed data may hold
 * by chance (docs/decisions/2026-11-21-zip.md). Here zlib itself says where a packed file ends, and its length and checksum must then agree.
 */

export interface ZipLimits {
  readonly entries: number;
  /** Unpacked bytes of all files together. */
  readonly bytes: number;
  /** How many times larger than what came a zip may become. */
  readonly ratio: number;
}

/** Far above any real export, and far below what fills a disk. */
export const defaultZipLimits: ZipLimits = { entries: 1000, bytes: 64 * 1024 ** 3, ratio: 400 };
/** Below so many unpacked bytes nobody is harmed, whatever the ratio. */
const ratioFromBytes = 16 * 1024 * 1024;

/** One file of a zip. Its content can be read once, before the next file is asked for; what is left of it is skipped. */
export interface ZipEntry {
  readonly name: string;
  readonly content: AsyncIterable<Buffer>;
}

const localFile = 0x04034b50;
const directoryFile = 0x02014b50;
const directoryEnd = 0x06054b50;
const longDirectoryEnd = 0x06064b50;
const longDirectoryLocator = 0x07064b50;
const descriptor = 0x08074b50;

const isLong = 0xffffffff;
const stored = 0;
const deflated = 8;
const encryptedFlag = 1;
const descriptorFlag = 8;
const longSizesField = 1;

function broken(what: string): RetryableError {
  return new RetryableError(`The source sent a zip that is not whole: ${what}`, { code: "malformed" });
}

/** Damage is in the file itself: what comes over the network is checked on its way. */
function damaged(what: string): PermanentError {
  return new PermanentError(`The source sent a zip that is damaged: ${what}. Ask for a new export`);
}

function refused(what: string): PermanentError {
  return new PermanentError(`The zip of the source is refused: ${what}. Look at the file before you trust its sender`);
}

/** What a file's header says, and what was found when it was read. */
interface File {
  readonly name: string;
  readonly method: number;
  readonly hasDescriptor: boolean;
  checksum: number;
  packed: number;
  unpacked: number;
}

async function take(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.take(count);
  if (!bytes) throw broken("it ends too early");
  return bytes;
}

/** A name that would leave the folder it is unpacked to. Nothing is unpacked to a folder here, but such a file is up to no good. */
function isUnsafe(name: string): boolean {
  return /^[/\\]|^[A-Za-z]:|\\|\0/.test(name) || name.split("/").includes("..");
}

/** Sizes of 4 GB and more stand in a field of their own. */
function longSizes(extra: Buffer, packed: number, unpacked: number): { packed: number; unpacked: number } {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== longSizesField) continue;
    const sizes = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let next = 0;
    const long = (short: number): number => {
      if (short !== isLong || next + 8 > sizes.length) return short;
      next += 8;
      return Number(sizes.readBigUInt64LE(next - 8));
    };
    const first = long(unpacked);
    return { unpacked: first, packed: long(packed) };
  }
  return { packed, unpacked };
}

async function readHeader(reader: ByteReader): Promise<File> {
  const header = await take(reader, 30);
  const flags = header.readUInt16LE(6);
  const method = header.readUInt16LE(8);
  const [checksum, packed, unpacked] = [header.readUInt32LE(14), header.readUInt32LE(18), header.readUInt32LE(22)];
  const [nameLength, extraLength] = [header.readUInt16LE(26), header.readUInt16LE(28)];
  const name = (await take(reader, nameLength)).toString("utf8");
  const sizes = longSizes(await take(reader, extraLength), packed, unpacked);
  const hasDescriptor = (flags & descriptorFlag) !== 0;
  if (isUnsafe(name)) throw refused("a file's name leads out of its folder");
  if ((flags & encryptedFlag) !== 0) throw refused("a file is encrypted");
  if (method !== stored && method !== deflated) throw refused(`a file is packed by method ${method}, not deflate`);
  if (method === stored && hasDescriptor) throw refused("a file is not packed and does not tell its length");
  return { name, method, hasDescriptor, checksum, ...sizes };
}

/** The bytes of a file that is not packed. */
async function* plain(reader: ByteReader, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const chunk = await reader.chunk(left);
    if (!chunk) throw broken("it ends too early");
    left -= chunk.length;
    yield chunk;
  }
}

const inflateBytes = 256 * 1024;

/** The bytes of a packed file. zlib takes no more than the file's own: what it leaves of the last chunk is put back. */
async function* unpacked(reader: ByteReader): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: inflateBytes });
  const feed = async (): Promise<void> => {
    for (let given = 0; ; ) {
      const chunk = await reader.chunk();
      if (!chunk) throw broken("it ends too early");
      given += chunk.length;
      await new Promise<void>((resolve, reject) => {
        inflate.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      const left = given - inflate.bytesWritten;
      if (left > 0) {
        reader.unread(chunk.subarray(chunk.length - left));
        return;
      }
    }
  };
  // A failure of the feeding ends the reading of what was inflated, and is thrown there.
  const feeding = feed().catch((error: Error) => void inflate.destroy(error));
  try {
    for await (const bytes of inflate as AsyncIterable<Buffer>) yield bytes;
    await feeding;
  } catch (error) {
    throw error instanceof RetryableError ? error : damaged("a file cannot be unpacked");
  } finally {
    inflate.destroy();
  }
}

/** The lengths and the checksum that follow a file whose header could not know them, in one of the four forms that are written. */
async function readDescriptor(
  reader: ByteReader,
  found: Pick<File, "checksum" | "packed" | "unpacked">,
): Promise<void> {
  const bytes = await reader.peek(24);
  for (const [start, width] of [
    [4, 8],
    [4, 4],
    [0, 8],
    [0, 4],
  ] as const) {
    const length = start + 4 + 2 * width;
    if (bytes.length < length || (start === 4 && bytes.readUInt32LE(0) !== descriptor)) continue;
    const size = (at: number): number => (width === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at));
    const isRight =
      bytes.readUInt32LE(start) === found.checksum &&
      size(start + 4) === (width === 8 ? found.packed : found.packed % 2 ** 32) &&
      size(start + 4 + width) === (width === 8 ? found.unpacked : found.unpacked % 2 ** 32);
    if (isRight) {
      reader.skip(length);
      return;
    }
  }
  if (bytes.length < 24) throw broken("it ends too early");
  throw damaged("a file's length or checksum does not agree with its content");
}

/** Counts what a zip becomes and stops it before it becomes too much. */
class Budget {
  readonly #limits: ZipLimits;
  readonly #reader: ByteReader;
  #bytes = 0;

  constructor(limits: ZipLimits, reader: ByteReader) {
    this.#limits = limits;
    this.#reader = reader;
  }

  spend(bytes: number): void {
    this.#bytes += bytes;
    const { bytes: most, ratio } = this.#limits;
    if (this.#bytes > most) throw refused(`it unpacks to more than ${most} bytes`);
    if (this.#bytes > ratioFromBytes && this.#bytes > ratio * this.#reader.used) {
      throw refused(`it unpacks to more than ${ratio} times its size`);
    }
  }
}

/** Reads a file's content to its end and checks it against its header or descriptor. */
async function* contentOf(reader: ByteReader, file: File, budget: Budget): AsyncGenerator<Buffer> {
  const start = reader.used;
  let checksum = 0;
  let length = 0;
  for await (const bytes of file.method === stored ? plain(reader, file.packed) : unpacked(reader)) {
    budget.spend(bytes.length);
    checksum = crc32(bytes, checksum);
    length += bytes.length;
    yield bytes;
  }
  const found = { checksum, packed: reader.used - start, unpacked: length };
  if (file.hasDescriptor) await readDescriptor(reader, found);
  else if (found.checksum !== file.checksum || found.packed !== file.packed || found.unpacked !== file.unpacked) {
    throw damaged("a file's length or checksum does not agree with its content");
  }
  Object.assign(file, found);
}

/** The directory at the end must list the files that were read: so a zip that was cut off, or of which parts are hidden, is told. */
async function checkDirectory(reader: ByteReader, files: readonly File[]): Promise<void> {
  let index = 0;
  for (;;) {
    const signature = (await reader.peek(4)).length === 4 ? (await reader.peek(4)).readUInt32LE(0) : 0;
    if (signature === directoryEnd) break;
    if (signature === longDirectoryEnd) {
      await take(reader, 4);
      const size = Number((await take(reader, 8)).readBigUInt64LE());
      if (size > 65_536) throw damaged("its directory does not list the files that are in it");
      await take(reader, size);
    } else if (signature === longDirectoryLocator) {
      await take(reader, 20);
    } else if (signature === directoryFile) {
      const entry = await take(reader, 46);
      const name = (await take(reader, entry.readUInt16LE(28))).toString("utf8");
      await take(reader, entry.readUInt16LE(30) + entry.readUInt16LE(32));
      const file = files[index];
      index += 1;
      if (file?.name !== name || file.checksum !== entry.readUInt32LE(16)) {
        throw damaged("its directory does not list the files that are in it");
      }
    } else throw broken("it ends too early");
  }
  await take(reader, 22);
  if (index !== files.length) throw damaged("its directory does not list the files that are in it");
}

/**
 * Reads the files of a zip in their order. Whoever stops early has seen whole and checked files only.
 * @throws RetryableError for a zip that was cut short, PermanentError for one that is damaged, unsafe, too large or of a kind not read here
 */
export async function* readZip(
  source: AsyncIterable<Uint8Array>,
  limits: ZipLimits = defaultZipLimits,
): AsyncGenerator<ZipEntry> {
  const reader = new ByteReader(source);
  const budget = new Budget(limits, reader);
  const files: File[] = [];
  let current: AsyncGenerator<Buffer> | undefined;
  try {
    for (;;) {
      const start = await reader.peek(4);
      const signature = start.length === 4 ? start.readUInt32LE(0) : 0;
      if (signature !== localFile) {
        if (signature !== directoryFile && signature !== directoryEnd) throw broken(wrongStart(files.length));
        await checkDirectory(reader, files);
        return;
      }
      const file = await readHeader(reader);
      if (files.some(({ name }) => name === file.name)) throw refused("two of its files have one name");
      files.push(file);
      if (files.length > limits.entries) throw refused(`it has more than ${limits.entries} files`);
      current = contentOf(reader, file, budget);
      yield { name: file.name, content: unclosable(current) };
      for await (const bytes of current) void bytes;
    }
  } finally {
    await current?.return(undefined);
    await reader.close();
  }
}

/** Whoever breaks off reading a file leaves the rest of it to be passed over, so breaking off must not end it. */
function unclosable(content: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => ({ next: () => content.next() }) };
}

function wrongStart(files: number): string {
  return files === 0 ? "it does not begin as a zip does" : "it ends too early";
}
