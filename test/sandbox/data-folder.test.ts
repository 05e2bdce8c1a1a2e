import { expect, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { at, connect, folderOf, students } from "./client.ts";

const awkward = [
  '{"id":"00000000000000000000000000000001","studentUniqueId":"1","big":9007199254740993,"decimal":63.0,"exponent":1E2}',
  '{"id":"00000000000000000000000000000002","studentUniqueId":"2","name":"caf\\u00e9 \\/ \\ud83d\\ude00","list":[ 1 , 2 ]}',
  '{"id":"00000000000000000000000000000003","studentUniqueId":"3","name":"Zoë 😀 line\\nbreak"}',
];

test.each(["\n", "\r\n", "\n\n\n"])(
  "Records are served with the characters of the file, whatever ends its lines (%j)",
  async (end) => {
    const folder = await folderOf({ "students.jsonl.gz": awkward.join(end) + end });
    await using api = await connect({ data: folder });
    expect((await api.get(at("students"))).text.replaceAll(/(?<=\}) *, *(?=\{)/g, ",")).toBe(`[${awkward.join(",")}]`);
    expect((await api.get(`${at("students")}/00000000000000000000000000000002`)).text).toBe(awkward[1]);
  },
);

test("A last line without an end counts", async () => {
  const folder = await folderOf({ "students.jsonl": awkward.join("\n") });
  await using api = await connect({ data: folder });
  expect((await api.get(at("students"))).text).toBe(`[${awkward.join(",")}]`);
});

test("Records without an id get one that stays the same", async () => {
  const lines = [
    '{"studentUniqueId":"1","decimal":63.0}',
    '{ "studentUniqueId" : "2" }',
    '{"noKey":1}',
    '{"firstName":"x","id":"AB"}',
  ];
  const folder = await folderOf({ "students.jsonl": lines.join("\n") });
  const read = async () => {
    await using api = await connect({ data: folder });
    const { text, json } = await api.get(at("students"));
    for (const row of json) {
      expect((await api.get(`${at("students")}/${row.id}`)).json).toEqual(row);
    }
    return text;
  };
  const text = await read();
  expect(await read()).toBe(text);
  expect(text).toContain('"studentUniqueId":"1","decimal":63.0}');
  expect(text).toContain('{"firstName":"x","id":"AB"}');
  expect(new Set(JSON.parse(text).map((row: { id: string }) => row.id)).size).toBe(4);
});

test("A later folder's file takes the place of an earlier one's", async () => {
  const below = await folderOf({ "students.jsonl": students(3), "staffs.jsonl": [{ id: "a", staffUniqueId: "1" }] });
  const above = await folderOf({ "students.jsonl.gz": students(1) });
  await using api = await connect({ data: { 2026: [below, above] } });
  expect((await api.get(at("students"))).json).toHaveLength(1);
  expect((await api.get(at("staffs"))).json).toHaveLength(1);
});

test("Change versions come from the folder, in any order of lines", async () => {
  const versions = students(4).map(({ id }, index) => `${id}\t${[10, 20, 40, 30][index]}\n`);
  const folder = await folderOf({
    "students.jsonl": students(4),
    "_changeversions/students.tsv.gz": versions.reverse().join(""),
  });
  await using api = await connect({ data: folder });
  const ids = async (query: string) =>
    (await api.get(`${at("students")}?${query}`)).json.map((row: { studentUniqueId: string }) => row.studentUniqueId);
  expect((await api.get("/changeQueries/v1/availableChangeVersions")).text).toBe(
    '{"oldestChangeVersion":0,"newestChangeVersion":40}',
  );
  expect(await ids("minChangeVersion=20&maxChangeVersion=30")).toEqual(["s2", "s4"]);
  expect(await ids("minChangeVersion=31")).toEqual(["s3"]);
  expect(await ids("maxChangeVersion=20")).toEqual(["s1", "s2"]);
  expect(await ids("minChangeVersion=30&maxChangeVersion=20")).toEqual([]);
});

test("Without change versions, rows are numbered after those that have them, descriptors first", async () => {
  const folder = await folderOf({
    "students.jsonl": students(2),
    "termDescriptors.jsonl": [{ id: "aa", namespace: "n", codeValue: "c" }],
    "staffs.jsonl": [{ id: "bb", staffUniqueId: "1" }],
    "_changeversions/staffs.tsv": "bb\t9007199254740995\n",
  });
  await using api = await connect({ data: folder });
  const newest = async () => (await api.get("/changeQueries/v1/availableChangeVersions")).text;
  expect(await newest()).toBe('{"oldestChangeVersion":0,"newestChangeVersion":9007199254740998}');
  expect((await api.get(`${at("termDescriptors")}?maxChangeVersion=9007199254740996`)).json).toHaveLength(1);
  expect((await api.get(`${at("students")}?minChangeVersion=9007199254740998`)).json).toMatchObject([
    { studentUniqueId: "s2" },
  ]);
});

test("A folder that is missing, empty or ambiguous is refused at the start", async () => {
  await expect(startSandbox({ data: "/nowhere/at/all" })).rejects.toThrow("ENOENT");
  await expect(startSandbox({ data: await folderOf({ "readme.txt": "" }) })).rejects.toThrow("<resource>.jsonl");
  const twice = await folderOf({ "students.jsonl": [], "students.jsonl.gz": [] });
  await expect(startSandbox({ data: twice })).rejects.toThrow("students twice");
});

test("A file that is no JSON answers 500 and says why in a header, and the rest is served", async () => {
  const folder = await folderOf({ "students.jsonl": "no json\n", "staffs.jsonl": [{ id: "a", staffUniqueId: "1" }] });
  await using api = await connect({ data: folder });
  const broken = await api.get(at("students"));
  expect(broken.status).toBe(500);
  expect(broken.headers.get("x-sandbox-error")).toContain("JSON");
  expect((await api.get(at("staffs"))).status).toBe(200);
});

test("Memory for unpacked data is limited: what is let go of is read again", async () => {
  const files = Object.fromEntries(
    ["students", "staffs", "parents"].map((name) => [
      `${name}.jsonl.gz`,
      Array.from({ length: 300 }, (_, index) => ({ id: String(index).padStart(32, "0"), name, text: "x".repeat(100) })),
    ]),
  );
  await using api = await connect({ data: await folderOf(files), cacheBytes: 50_000 });
  for (let round = 0; round < 3; round += 1) {
    const counts = await Promise.all(
      ["students", "staffs", "parents"].map(async (name) => (await api.get(at(name))).json.length),
    );
    expect(counts).toEqual([300, 300, 300]);
  }
});

test("A file too large to keep in memory is served from disk, to the same bytes", async () => {
  const filler = "x".repeat(2000);
  const rows = Array.from({ length: 20_000 }, (_, index) => ({
    id: index.toString(16).padStart(32, "0"),
    index,
    filler,
  }));
  await using api = await connect({ data: await folderOf({ "things.jsonl.gz": rows }), maxPageSize: 1000 });
  const { json } = await api.get(`${at("things")}?offset=19999`);
  expect(json).toEqual(rows.slice(19_999));
  expect((await api.get(`${at("things")}?offset=10000&limit=1000`)).text).toBe(
    JSON.stringify(rows.slice(10_000, 11_000)),
  );
  await api.sandbox.apply({ op: "update", resource: "things", id: rows[10_001]?.id ?? "", set: { index: -1 } });
  expect(
    (await api.get(`${at("things")}?offset=10000&limit=3`)).json.map((row: { index: number }) => row.index),
  ).toEqual([10_000, -1, 10_002]);
});
