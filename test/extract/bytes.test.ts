import { createHash } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { extract } from "../../shared/extract/extract.ts";
import { connectors, type ExtractWorld } from "../fakes/extract-world.ts";
import { district, message, onlyManifest, origin, worldOf } from "./district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

/** What stands after `"data":` in each line, as text. */
function dataTexts(world: ExtractWorld): string[] {
  return world.texts(onlyManifest(world)).map((line) => line.slice(line.indexOf('"data":') + 7, -1));
}

const id = (number: number): string => number.toString(16).padStart(32, "0");

/** Serves this text as the only page of students, whatever the sandbox makes of its own data. */
async function extractPage(text: string, overrides: Parameters<typeof worldOf>[2] = {}): Promise<ExtractWorld> {
  sandbox = await district(1);
  sandbox.addFaults([
    { match: { query: "totalCount" }, respond: { status: 500 } },
    { match: { query: "pageToken" }, respond: { body: text } },
  ]);
  const world = worldOf(sandbox, {}, overrides);
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
  return world;
}

describe("E55 the text of a record comes through as it was sent", () => {
  test.each([
    ["an integer beyond 2^53", `{"id":"${id(1)}","n":9007199254740993}`],
    [
      "decimals that a number would lose",
      `{"id":"${id(1)}","a":1.0,"b":12.50,"c":1E400,"d":-0.0,"e":0.1000000000000000055}`,
    ],
    ["escapes", `{"id":"${id(1)}","t":"\\u00e9 \\"x\\" \\\\ \\/ \\ud83d\\ude00 \\n"}`],
    ["characters of other scripts", `{"id":"${id(1)}","t":"Ω — 学生 😀 é\u2028"}`],
    ["brackets, commas and quotes in a text", `{"id":"${id(1)}","t":"]},[{\\"","u":"a,b"}`],
    ["spaces", `{ "id" : "${id(1)}" ,\t"t" : [ 1 , 2 ] }`],
    ["values that are null, and empty ones", `{"id":"${id(1)}","a":null,"b":{},"c":[],"d":""}`],
    ["a name that comes twice", `{"id":"${id(1)}","a":1,"a":2}`],
  ])("%s", async (_, record) => {
    const world = await extractPage(`[${record}]`);
    expect(dataTexts(world)).toEqual([record]);
    const [line] = world.texts(onlyManifest(world));
    expect(JSON.parse(line ?? "")).toMatchObject({
      source_id: "d1",
      school_year: 2011,
      record_id: id(1),
      op: "upsert",
      run_id: onlyManifest(world).run_id,
      row_hash: createHash("sha256").update(record).digest("hex"),
    });
  });

  test("line breaks between the values become spaces, so that a record stays on its line", async () => {
    const record = `{\r\n  "id": "${id(1)}",\n  "n": 1.0\n}`;
    const world = await extractPage(`[\n${record},\n${record.replace(id(1), id(2))}\n]\n`);
    expect(dataTexts(world)).toEqual([`{    "id": "${id(1)}",   "n": 1.0 }`, `{    "id": "${id(2)}",   "n": 1.0 }`]);
  });

  test("a record of 5 MB", async () => {
    const record = `{"id":"${id(1)}","text":"${"0123456789é".repeat(460_000)}"}`;
    const world = await extractPage(`[${record},{"id":"${id(2)}"}]`);
    const texts = dataTexts(world);
    expect(texts).toHaveLength(2);
    expect(texts[0] === record).toBe(true);
  });

  test("records that the sandbox serves from a file, to the letter", async () => {
    const records = [
      `{"id":"${id(1)}","studentUniqueId":"1","n":9007199254740993}`,
      `{"studentUniqueId":"2","id":"${id(2)}","n":63.0,"t":"\\u00e9"}`,
    ];
    sandbox = await district({ "students.jsonl": records.map((record) => `${record}\n`).join("") });
    const world = worldOf(sandbox);
    await extract(message("students"), origin, world.ports);
    expect(dataTexts(world)).toEqual(records);
  });
});

describe("the id of a record", () => {
  test.each([
    [
      "with dashes and capitals",
      '{"id":"B5F0CF0F-6F5B-4CB0-8F5F-3D0F6A1D2C11","x":1}',
      "b5f0cf0f6f5b4cb08f5f3d0f6a1d2c11",
    ],
    ["that does not come first", `{"x":1,"id":"${id(5)}"}`, id(5)],
    ["with an escape in it", '{"id":"\\u0061b","x":1}', "ab"],
    ["that is a number", '{"id":9007199254740993,"x":1}', "9007199254740993"],
  ])("%s", async (_, record, expected) => {
    const world = await extractPage(`[${record}]`);
    expect(world.lines(onlyManifest(world)).map((line) => line.record_id)).toEqual([expected]);
  });

  test("is derived from the natural key where the API gives none, the same each time", async () => {
    const edfi = connectors.get("edfi") as Connector;
    const keyed = new Map([["edfi", { ...edfi, records: { at: "$" } }]]);
    const records = '{"studentUniqueId":"1","x":1},{"studentUniqueId":"2","x":1},{"x":2,"studentUniqueId":"1"}';
    const world = await extractPage(`[${records}]`, { connectors: keyed });
    const [first, second, third] = world.lines(onlyManifest(world)).map((line) => line.record_id);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
  });

  test("that is missing, with the key, is a mistake that is told without the record", async () => {
    sandbox = await district(1);
    sandbox.addFaults({ match: { query: "pageToken" }, respond: { body: [{ firstName: "Planted" }] } });
    const world = worldOf(sandbox);
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
    expect(onlyManifest(world).error).toMatch(/neither an id nor a natural key/);
    expect(JSON.stringify([world.log.lines, world.manifests()])).not.toContain("Planted");
  });
});
