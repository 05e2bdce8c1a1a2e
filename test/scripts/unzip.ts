/** Files of a zip by their directory, which is written after them; only stored ones. @throws Error when header and directory differ */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const files = new Map<string, Buffer>();
  for (let index = 0; index < count; index += 1) {
    if (archive.toString("latin1", at, at + 4) !== "PK\x01\x02") throw new Error(`no directory record at ${at}`);
    if (archive.readUInt16LE(at + 10) !== 0) throw new Error("a compressed file");
    const [size, nameBytes, offset] = [24, 28, 42].map((field) =>
      field === 28 ? archive.readUInt16LE(at + field) : archive.readUInt32LE(at + field),
    ) as [number, number, number];
    const name = archive.toString("utf8", at + 46, at + 46 + nameBytes);
    const body = offset + 30 + nameBytes;
    if (archive.toString("utf8", offset + 30, body) !== name) throw new Error(`another name before ${name}`);
    files.set(name, archive.subarray(body, body + size));
    at += 46 + nameBytes;
  }
  if (at !== end) throw new Error("something lies between the directory and the end");
  return files;
}
