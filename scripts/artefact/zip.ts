import { crc32 } from "node:zlib";

/** MS-DOS has no earlier day than 1 January 1980; a real time would make each build another file. */
const dosDate = 0x0021;
const dosTime = 0;
const version = 20;
const madeByUnix = 0x0300 | version;
const utf8Names = 0x0800;
const stored = 0;
/** A regular file that everyone may read. */
const mode = 0o100644;

/** What a plain zip can count. */
const entriesMax = 0xffff;
const bytesMax = 0xffffffff;

interface Entry {
  readonly name: Buffer;
  readonly body: Uint8Array;
  readonly checksum: number;
  readonly offset: number;
}

/** The fields that an entry's own header and the directory share, in their order. */
function commonFields({ name, body, checksum }: Entry): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(version, 0);
  fields.writeUInt16LE(utf8Names, 2);
  fields.writeUInt16LE(stored, 4);
  fields.writeUInt16LE(dosTime, 6);
  fields.writeUInt16LE(dosDate, 8);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(body.length, 14);
  fields.writeUInt32LE(body.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(entry: Entry): Buffer {
  const signature = Buffer.from("PK\x03\x04", "latin1");
  return Buffer.concat([signature, commonFields(entry), entry.name]);
}

function directoryRecord(entry: Entry): Buffer {
  const head = Buffer.from("PK\x01\x02\0\0", "latin1");
  head.writeUInt16LE(madeByUnix, 4);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(mode * 0x10000, 6);
  tail.writeUInt32LE(entry.offset, 10);
  return Buffer.concat([head, commonFields(entry), tail, entry.name]);
}

function endRecord(count: number, directoryBytes: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/**
 * A zip whose bytes depend on nothing but the names and the contents of its files: sorted, without times, and stored rather than
 * compressed, because two builds of zlib compress the same bytes to different ones.
 * @throws Error when there are more files or bytes than a plain zip can hold
 */
export function zip(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const entries: Entry[] = [];
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const [path, body] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const entry = { name: Buffer.from(path, "utf8"), body, checksum: crc32(body), offset };
    const header = localHeader(entry);
    entries.push(entry);
    pieces.push(header, body);
    offset += header.length + body.length;
  }
  if (entries.length > entriesMax || offset > bytesMax) throw new Error("The artefact is too large for a zip");
  const directory = Buffer.concat(entries.map(directoryRecord));
  return Buffer.concat([...pieces, directory, endRecord(entries.length, directory.length, offset)]);
}
