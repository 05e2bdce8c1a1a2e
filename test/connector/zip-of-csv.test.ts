import { Readable } from "node:stream";
import { expect, test } from "@jest/globals";
import { ZipFile } from "yazl";
import { type NweaOptions, startNwea } from "../../sandbox/nwea/nwea.ts";
import type { ColumnRules } from "../../shared/connector/decode/columns.ts";
import { readCsv } from "../../shared/connector/decode/csv.ts";
import { readZip, type ZipLimits } from "../../shared/connector/decode/zip.ts";
import { readZipOfCsv } from "../../shared/connector/decode/zip-of-csv.ts";

const noRules: ColumnRules = { names: {}, required: [] };
const results = { files: ["AssessmentResults.csv"] };

type Row = Record<string, string>;

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function csvRows(text: string | Buffer, columns = noRules, skip = 0, size = 7): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { records } of readCsv(pieces(Buffer.from(text), size), { columns, skip })) {
    rows.push(...records.map((record) => JSON.parse(record.toString("utf8"))));
  }
  return rows;
}

interface Packing {
  readonly compress?: boolean;
  readonly long?: boolean;
  /** Packed while it is read: lengths and checksum come after it. */
  readonly isStreamed?: boolean;
}

async function zipOf(files: Readonly<Record<string, string | Buffer>>, packing: Packing = {}): Promise<Buffer> {
  const zip = new ZipFile();
  const { compress = true, long: forceZip64Format = false } = packing;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    if (packing.isStreamed) zip.addReadStream(Readable.from([bytes]), name, { compress, forceZip64Format });
    else zip.addBuffer(bytes, name, { compress, forceZip64Format });
  }
  zip.end({ forceZip64Format, comment: "" });
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function unpacked(zip: Buffer, size = 65_536, limits?: ZipLimits): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, content } of readZip(pieces(zip, size), limits)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    files[name] = Buffer.concat(chunks).toString("utf8");
  }
  return files;
}

const random = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 7919 + (index >> 3)) & 0xff));
const files = { "a.csv": "x,y\n1,2\n".repeat(200), "folder/b.csv": random(3000).toString("latin1"), "empty.csv": "" };

test.each<[string, Packing]>([
  ["with lengths in front", {}],
  ["with lengths behind", { isStreamed: true }],
  ["with long lengths behind", { isStreamed: true, long: true }],
  ["with long lengths in front", { long: true }],
  ["not packed", { compress: false }],
])("E74 a zip %s is read as it comes, in whatever pieces", async (_, packing) => {
  const zip = await zipOf(files, packing);
  for (const size of [1, 13, 1000, zip.length]) expect(await unpacked(zip, size)).toEqual(files);
});

test("E74 a packed file may hold what the mark of its end looks like", async () => {
  const marks = Buffer.from("PK\u0007\u0008PK\u0003\u0004PK\u0001\u0002".repeat(50), "latin1");
  const zip = await zipOf({ "a.csv": marks, "b.csv": "x\n1\n" }, { isStreamed: true });
  expect(await unpacked(zip)).toEqual({ "a.csv": marks.toString("latin1"), "b.csv": "x\n1\n" });
});

test("E74 a file of which nothing or only the beginning is read is passed over", async () => {
  const zip = await zipOf(
    { "a.csv": "1".repeat(100_000), "b.csv": "2".repeat(100_000), "c.csv": "3" },
    { isStreamed: true },
  );
  const names: string[] = [];
  for await (const { name, content } of readZip(pieces(zip, 50))) {
    names.push(name);
    if (name === "b.csv") for await (const chunk of content) if (chunk.length > 0) break;
  }
  expect(names).toEqual(["a.csv", "b.csv", "c.csv"]);
});

test("E74 a zip that was cut short is told wherever it was cut", async () => {
  const zip = await zipOf(files, { isStreamed: true });
  for (let end = 0; end < zip.length; end += 37) {
    await expect(unpacked(zip.subarray(0, end), 100)).rejects.toMatchObject({ retryable: true });
  }
});

test("E74 a zip with a changed byte is told", async () => {
  const zip = await zipOf({ "a.csv": random(500) }, { isStreamed: true });
  for (let at = 40; at < 300; at += 20) {
    const changed = Buffer.from(zip);
    changed[at] = (changed[at] ?? 0) ^ 0x20;
    await expect(unpacked(changed)).rejects.toThrow("a zip that is damaged");
  }
  await expect(unpacked(Buffer.from("<html>Bad Gateway</html>"))).rejects.toThrow("does not begin as a zip does");
});

/** yazl writes no unsafe name, so one of the same length is put in its place. */
async function renamed(from: string, to: string): Promise<Buffer> {
  const zip = await zipOf({ [from]: "x\n1\n" });
  return Buffer.from(zip.toString("latin1").replaceAll(from, to), "latin1");
}

test.each(["../../etc/passwd", "/etc/passwd.....", "C:/windows/x.csv", "a/b/../../../c.x", "..\\..\\x\\y\\z.csv"])(
  "E74 a file named %s is refused",
  async (name) => {
    await expect(unpacked(await renamed("x".repeat(name.length), name))).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining("leads out of its folder"),
    });
  },
);

test("E74 a bomb is refused while it unpacks, by its size, its ratio or its number of files", async () => {
  const bomb = await zipOf({ "a.csv": Buffer.alloc(40 * 1024 * 1024) });
  expect(bomb.length).toBeLessThan(50_000);
  const limits = { entries: 10, bytes: 1e9, ratio: 400 };
  await expect(unpacked(bomb, 65_536, limits)).rejects.toThrow("more than 400 times its size");
  await expect(unpacked(bomb, 65_536, { ...limits, bytes: 1e6 })).rejects.toThrow("more than 1000000 bytes");
  await expect(unpacked(await zipOf(files), 65_536, { ...limits, entries: 2 })).rejects.toThrow("more than 2 files");
});

test("E74 an encrypted file, another packing and two files of one name are refused", async () => {
  const zip = await zipOf({ "a.csv": "x\n1\n" });
  const with8 = (at: number, value: number) => {
    const changed = Buffer.from(zip);
    changed.writeUInt16LE(value, at);
    return changed;
  };
  await expect(unpacked(with8(6, 1))).rejects.toThrow("encrypted");
  await expect(unpacked(with8(8, 12))).rejects.toThrow("packed by method 12");
  const two = await zipOf({ "a.csv": "1", "b.csv": "2" });
  const same = Buffer.from(two.toString("latin1").replaceAll("b.csv", "a.csv"), "latin1");
  await expect(unpacked(same)).rejects.toThrow("two of its files have one name");
});

test("E74 records have the columns by name, whatever their order, case and old names", async () => {
  const columns: ColumnRules = {
    names: { TestRITScore: ["RIT Score"], Subject: ["Discipline", "MeasurementScale"], FallToFallObservedGrowth: [] },
    required: ["StudentID"],
  };
  const expected = [{ StudentID: "007", TestRITScore: "208", FallToFallObservedGrowth: "3", Subject: "Science" }];
  expect(
    await csvRows("StudentID,TestRITScore,FallToFallObservedGrowth,Subject\n007,208,3,Science\n", columns),
  ).toEqual(expected);
  expect(
    await csvRows(
      '\uFEFF"measurementscale","RIT score",FalltoFallObservedGrowth,STUDENTID\r\nScience,208,3,007\r\n',
      columns,
    ),
  ).toEqual(expected);
  const both = await csvRows("StudentID,Discipline,Subject\n1,Old,New\n", columns);
  expect(both).toEqual([{ StudentID: "1", Discipline: "Old", Subject: "New" }]);
});

test("E74 quoted values hold line breaks, commas, quotes and letters of any script", async () => {
  const text = 'a,b\n"one\r\ntwo, ""three""",Zoë 日本\n"",""\n';
  for (const size of [1, 2, 5, 100]) {
    expect(await csvRows(text, noRules, 0, size)).toEqual([{ a: 'one\r\ntwo, "three"', b: "Zoë 日本" }, {}]);
  }
});

test("E74 a line may lack columns at its end and not have more than there are", async () => {
  expect(await csvRows("a,b,c\n1,2\n1,,3\n")).toEqual([
    { a: "1", b: "2" },
    { a: "1", c: "3" },
  ]);
  await expect(csvRows("a,b\n1,2,3\n")).rejects.toThrow(
    "Record 1 of a CSV file of the source has 3 values for 2 columns",
  );
});

test("E74 a file that is not what it should be is refused without a word of what is in it", async () => {
  const columns: ColumnRules = { names: {}, required: ["StudentID", "TermName"] };
  await expect(csvRows("StudentID,Name\n1,Dyer\n", columns)).rejects.toThrow(
    "lacks the columns TermName. It has StudentID, Name",
  );
  await expect(csvRows("a,A\n1,2\n", { names: { a: [] }, required: [] })).rejects.toThrow("the column a twice");
  await expect(csvRows("")).rejects.toThrow("is empty");
  await expect(csvRows('a\n"Dyer\n')).rejects.toThrow(
    /^A CSV file of the source cannot be read after record 0: CSV_QUOTE_NOT_CLOSED$/,
  );
  await expect(csvRows(Buffer.from("a\nZo\u00eb\n", "latin1"))).rejects.toThrow("is not UTF-8");
});

test("E74 records that were read before are skipped", async () => {
  expect(await csvRows("a\n1\n2\n3\n", noRules, 2)).toEqual([{ a: "3" }]);
});

async function exported(options: NweaOptions): Promise<{ rows: Row[]; batches: number }> {
  const nwea = await startNwea(options);
  const authorization = `Basic ${Buffer.from(`${nwea.user}:${nwea.password}`).toString("base64")}`;
  try {
    const { body } = await fetch(`${nwea.url}/services/reporting/dex`, { headers: { authorization } });
    if (!body) throw new Error("no body");
    const rows: Row[] = [];
    let batches = 0;
    const columns = { names: { TestRITScore: ["RIT Score"] }, required: ["StudentID", "TestRITScore"] };
    for await (const { records } of readZipOfCsv(body, { ...results, columns })) {
      rows.push(...records.map((record) => JSON.parse(record.toString("utf8"))));
      batches += 1;
    }
    return { rows, batches };
  } finally {
    await nwea.close();
  }
}

test("E74 an export gives the same records in whatever order its columns are and whatever they are called", async () => {
  const { rows, batches } = await exported({ madeUpResults: 1500 });
  expect([rows.length, batches]).toEqual([1507, 4]);
  const layout = { order: "reversed", rename: { TestRITScore: "RIT Score" }, bom: true, lineEnd: "\r\n" } as const;
  expect((await exported({ madeUpResults: 1500, layout })).rows).toEqual(rows);
});

test("E74 a zip without the file says what it has", async () => {
  const zip = await zipOf(files);
  const read = readZipOfCsv(pieces(zip, 100), { files: ["Results.csv", "Result.csv"], columns: noRules });
  await expect(read.next()).rejects.toThrow(
    "The zip of the source has no Results.csv or Result.csv. It has a.csv, folder/b.csv, empty.csv",
  );
});
