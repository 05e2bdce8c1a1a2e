import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { destination, Emulated } from "./emulated.ts";
import { JsonWriter, randomFrom } from "./random-json.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("raw");
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

const partFields = [
  { name: "source_id", type: "STRING" },
  { name: "school_year", type: "INT64" },
  { name: "extracted_at", type: "TIMESTAMP" },
  { name: "data", type: "JSON" },
];
const keyFields = [
  { name: "id", type: "STRING" },
  { name: "n", type: "INT64" },
];

let tables = 0;
const freshTable = () => {
  tables += 1;
  return destination("raw", `t${tables}`);
};
const lines = (...rows: string[]) => `${rows.join("\n")}\n`;

async function rowsOf(table: { tableId: string }, columns = "*", order = "1"): Promise<unknown[]> {
  return await emulated.rows(`SELECT ${columns} FROM raw.${table.tableId} ORDER BY ${order}`);
}

describe("the text of a JSON column", () => {
  // Each is a value as an API might send it; DuckDB's own reader would write most of them differently.
  const values = [
    '{"a":1.0,"b":12.50,"c":1E5,"d":-0.0,"e":1e-7}',
    '{"big":12345678901234567890,"bigger":123456789012345678901234567890.123}',
    '{"u":"\\u00e9\\u20ac","slash":"\\/","tab":"\\t","quote":"\\"","é":"ü€"}',
    '{ "spaced" : [ 1 , 2.0 ] , "nested" : { "data" : { "data" : [ { } , [ ] ] } } }',
    '[1.10,"x",null,true]',
    '"text with \\"data\\": inside, and }{][ too"',
    "1.000",
    "-12.3400e+10",
    "true",
    '{"a":null}',
    '{"data":1.0,"data2":{"data":2.0}}',
    `{"emoji":"😀","nul":"\\u0000","long":"${"y".repeat(5000)}"}`,
  ];

  const variants: [string, (value: string, index: number) => string][] = [
    [
      "as the last key",
      (value, n) =>
        `{"source_id":"s${n}","school_year":${n},"extracted_at":"2026-01-02T03:04:05.678Z","data":${value}}`,
    ],
    [
      "as the first key",
      (value, n) =>
        `{"data":${value},"source_id":"s${n}","school_year":${n},"extracted_at":"2026-01-02T03:04:05.678Z"}`,
    ],
    [
      "as Python writes it",
      (value, n) =>
        `{"source_id": "s${n}", "school_year": ${n}, "extracted_at": "2026-01-02T03:04:05.678Z", "data": ${value}}`,
    ],
    [
      "with white space around it",
      (value, n) =>
        ` { "extracted_at" :\t"2026-01-02T03:04:05.678Z" , "source_id":"s${n}" , "school_year":${n}, "data" : \t${value} \t} `,
    ],
    [
      "with keys missing",
      (value, n) => (n % 2 === 0 ? `{"school_year":${n},"data":${value}}` : `{"school_year":"${n}","data":${value}}`),
    ],
    [
      "after a text that looks like the key",
      (value, n) => `{"source_id":"\\"data\\":{","school_year":${n},"data":${value}}`,
    ],
  ];

  test.each(variants)("is stored as it was sent, %s", async (_where, line) => {
    const text = lines(...values.map(line));
    for (const uri of [await emulated.put("exact.json", text), await emulated.putGzip("exact-compressed", text)]) {
      const table = freshTable();
      const job = await emulated.load({ sourceUris: [uri], destinationTable: table, schema: { fields: partFields } });
      expect(job.status).toEqual({ state: "DONE" });
      const rows = (await rowsOf(table, "school_year, data")) as { school_year: number; data: string }[];
      expect(rows).toEqual(values.map((data, school_year) => ({ school_year, data })));
    }
  });

  test("is stored so in lines that end like on Windows, and after a byte order mark", async () => {
    const table = freshTable();
    const uri = await emulated.put(
      "windows.json",
      `\uFEFF{"school_year":1,"data":{"a":1.0}}\r\n\r\n{"school_year":2,"data":2.50}\r\n`,
    );
    await emulated.load({ sourceUris: [uri], destinationTable: table, schema: { fields: partFields } });
    expect(await rowsOf(table, "school_year, data")).toEqual([
      { school_year: 1, data: '{"a":1.0}' },
      { school_year: 2, data: "2.50" },
    ]);
  });

  test("is stored so in records, arrays and beside another JSON column", async () => {
    const table = freshTable();
    const fields = [
      { name: "a", type: "JSON" },
      {
        name: "r",
        type: "RECORD",
        fields: [
          { name: "j", type: "JSON" },
          { name: "list", type: "JSON", mode: "REPEATED" },
        ],
      },
      { name: "b", type: "JSON" },
    ];
    const uri = await emulated.put(
      "nested.json",
      lines('{"a":1.0,"r":{"j":{"x":1.50},"list":[1.0,"\\u00e9",null]},"b":[2.00]}'),
    );
    const job = await emulated.load({ sourceUris: [uri], destinationTable: table, schema: { fields } });
    expect(job.status).toEqual({ state: "DONE" });
    expect(await rowsOf(table, "a, r, b", "b.x")).toEqual([
      { a: "1.0", r: { j: '{"x":1.50}', list: ["1.0", '"\\u00e9"', "null"] }, b: "[2.00]" },
    ]);
  });

  test("is NULL where it is null or missing", async () => {
    const table = freshTable();
    const uri = await emulated.put(
      "null.json",
      lines('{"school_year":1,"data":null}', '{"school_year":2}', '{"school_year":3, "data": null }'),
    );
    await emulated.load({ sourceUris: [uri], destinationTable: table, schema: { fields: partFields } });
    expect(await rowsOf(table, "school_year, data IS NULL AS is_null")).toEqual(
      [1, 2, 3].map((school_year) => ({ school_year, is_null: true })),
    );
  });

  test.each([
    ["plain but for the column, which is last", 1],
    ["in any order of keys", 2],
  ])("is stored as it was sent in random rows, %s", async (_order, seed) => {
    const writer = new JsonWriter(randomFrom(seed));
    const fields = [...keyFields, { name: "data", type: "JSON" }];
    const values = Array.from({ length: 500 }, () => writer.value());
    const rows = values.map((value, n) => {
      const others = writer.shuffled([`"n":${writer.space()}${n}`, `"id":${seed === 1 ? `"x${n}"` : writer.string()}`]);
      const members = [...others, `"data":${writer.space()}${value}${writer.space()}`];
      return `{${(seed === 1 ? members : writer.shuffled(members)).join(`,${writer.space()}`)}}`;
    });
    const table = freshTable();
    const job = await emulated.load({
      sourceUris: [await emulated.putGzip("random", lines(...rows))],
      destinationTable: table,
      schema: { fields },
    });
    expect(job.status).toEqual({ state: "DONE" });
    const stored = (await rowsOf(table, "n, data", "n")) as { data: string | null }[];
    expect(stored.map(({ data }) => data)).toEqual(values.map((value) => (value === "null" ? null : value)));
  });

  test("may be larger than the buffers of DuckDB's reader", async () => {
    const table = freshTable();
    const big = `{"x":"${"z".repeat(20_000_000)}","n":1.50}`;
    const uri = await emulated.putGzip("big.json.gz", lines(`{"school_year":1,"data":${big}}`));
    await emulated.load({ sourceUris: [uri], destinationTable: table, schema: { fields: partFields } });
    const [row] = (await rowsOf(table, "data")) as { data: string }[];
    expect(row?.data === big).toBe(true);
  });
});

describe("values", () => {
  const fields = [
    { name: "s", type: "STRING" },
    { name: "i", type: "INT64" },
    { name: "f", type: "FLOAT64" },
    { name: "b", type: "BOOL" },
    { name: "d", type: "DATE" },
    { name: "t", type: "TIME" },
    { name: "dt", type: "DATETIME" },
    { name: "ts", type: "TIMESTAMP" },
  ];
  const row =
    '{"s":"é \\n\\"x\\"","i":"-9223372036854775808","f":"NaN","b":"true","d":"2026-1-5","t":"10:00:00.5","dt":"2026-01-05T10:00:00","ts":"2026-01-05 10:00:00.123456+02:00"}';
  const stored = {
    s: 'é \n"x"',
    i: "-9223372036854775808",
    b: true,
    d: "2026-01-05",
    t: "10:00:00.500000",
    dt: "2026-01-05 10:00:00",
    ts: "2026-01-05 08:00:00.123456+00",
  };
  const shown =
    "s, CAST(i AS STRING) AS i, b, CAST(d AS STRING) AS d, CAST(t AS STRING) AS t, CAST(dt AS STRING) AS dt, CAST(ts AS STRING) AS ts";

  test.each([
    ["quickly", fields],
    ["exactly", [...fields, { name: "num", type: "NUMERIC" }, { name: "bytes", type: "BYTES" }]],
  ])("are read %s as what their columns are", async (_way, schema) => {
    const table = freshTable();
    const uri = await emulated.put("values.json", lines(row, "{}"));
    const job = await emulated.load({ sourceUris: [uri], destinationTable: table, schema: { fields: schema } });
    expect(job.status).toEqual({ state: "DONE" });
    const [first, second] = await rowsOf(table, shown, "1 DESC");
    expect(first).toMatchObject({ ...stored, t: expect.stringMatching(/^10:00:00\.500/) });
    expect(second).toEqual({ s: null, i: null, b: null, d: null, t: null, dt: null, ts: null });
  });

  test("of NUMERIC and BYTES keep their digits and bytes", async () => {
    const table = freshTable();
    const schema = {
      fields: [
        { name: "n", type: "NUMERIC" },
        { name: "b", type: "BYTES" },
      ],
    };
    const uri = await emulated.put(
      "numeric.json",
      lines('{"n":12345678901234567890.123456789,"b":"AAH/"}', '{"n":"-0.5","b":""}'),
    );
    await emulated.load({ sourceUris: [uri], destinationTable: table, schema });
    const rows = (await rowsOf(table, "n, b", "n DESC")) as { n: { toFixed(): string }; b: Buffer }[];
    expect(rows.map(({ n }) => n.toFixed())).toEqual(["12345678901234567890.123456789", "-0.5"]);
    expect(rows.map(({ b }) => [...b])).toEqual([[0, 1, 255], []]);
  });

  test("of TIMESTAMP may be seconds since 1970", async () => {
    const table = freshTable();
    const uri = await emulated.put(
      "epoch.json",
      lines('{"ts":1767225600}', '{"ts":"1767225600.123456"}', '{"ts":-1.5}'),
    );
    await emulated.load({
      sourceUris: [uri],
      destinationTable: table,
      schema: { fields: [{ name: "ts", type: "TIMESTAMP" }] },
    });
    expect(await rowsOf(table, "UNIX_MICROS(ts) AS micros", "ts")).toEqual([
      { micros: -1_500_000 },
      { micros: 1_767_225_600_000_000 },
      { micros: 1_767_225_600_123_456 },
    ]);
  });

  test("of records and arrays are read too, and keys may differ in case", async () => {
    const table = freshTable();
    const schema = {
      fields: [
        { name: "Id", type: "STRING" },
        { name: "tags", type: "STRING", mode: "REPEATED" },
        {
          name: "items",
          type: "RECORD",
          mode: "REPEATED",
          fields: [
            { name: "k", type: "INT64" },
            { name: "at", type: "DATE" },
          ],
        },
      ],
    };
    const uri = await emulated.put(
      "records.json",
      lines('{"id":"a","TAGS":["x","y"],"items":[{"k":1,"at":"2026-01-01"},{"k":2}]}', '{"id":"b","tags":null}'),
    );
    const job = await emulated.load({ sourceUris: [uri], destinationTable: table, schema });
    expect(job.status).toEqual({ state: "DONE" });
    expect(await rowsOf(table, "Id, tags, ARRAY_LENGTH(items) AS n", "Id")).toEqual([
      { Id: "a", tags: ["x", "y"], n: 2 },
      { Id: "b", tags: [], n: 0 },
    ]);
  });
});

describe("bad rows", () => {
  const good = '{"id":"a","n":1}';
  const cases: [string, string, RegExp][] = [
    ["that are no JSON", '{"id":"b","n":}', /JSON parsing error in row starting at position 17.*row 2/],
    ["that end too soon", '{"id":"b"', /JSON parsing error.*row 2/],
    ["that are no objects", '["b",2]', /JSON parsing error.*row 2/],
    ["with an unknown field", '{"id":"b","n":2,"extra":3}', /No such field: extra\..*row 2/],
    [
      "with a text for a number",
      '{"id":"b","n":"two"}',
      /Could not convert value to integer. Field: n; Value: two.*row 2/,
    ],
    ["with a fraction for an INT64", '{"id":"b","n":1.5}', /Could not convert value to integer. Field: n; Value: 1\.5/],
    ["with true for an INT64", '{"id":"b","n":true}', /Could not convert value to integer/],
    ["with a number beyond INT64", '{"id":"b","n":9223372036854775808}', /Could not convert value to integer/],
    ["with an object for a text", '{"id":{"x":1},"n":2}', /JSON object specified for non-record field: id/],
    ["with an array for a text", '{"id":["x"],"n":2}', /Array specified for non-repeated field: id/],
    ["with a key twice", '{"id":"b","id":"c","n":2}', /Repeated key in the row: id/],
    ["with a value and more", '{"id":"b","n":2} {"id":"c","n":3}', /JSON parsing error/],
  ];

  test.each(cases)(
    "%s fail the load, which names the file and the row, and stores nothing",
    async (_what, bad, words) => {
      const table = freshTable();
      await emulated.client.dataset("raw").createTable(table.tableId, { schema: keyFields });
      const whole = await emulated.put("whole.json", lines('{"id":"w","n":0}'));
      const broken = await emulated.put("broken.json", lines(good, bad));
      const job = await emulated.load({ sourceUris: [whole, broken], destinationTable: table });
      expect(job.status.state).toBe("DONE");
      expect(job.status.errorResult).toMatchObject({ reason: "invalid", location: broken });
      expect(job.status.errorResult.message).toMatch(/^Error while reading data, error message: /);
      expect(job.status.errorResult.message).toMatch(words);
      expect(job.status.errorResult.message).toContain(broken);
      expect(await rowsOf(table)).toEqual([]);
    },
  );

  test("of a required field without a value are named", async () => {
    const fields = [
      { name: "id", type: "STRING", mode: "REQUIRED" },
      { name: "n", type: "INT64" },
    ];
    for (const bad of ['{"n":1}', '{"id":null,"n":1}']) {
      const uri = await emulated.put("required.json", lines(good, bad));
      const job = await emulated.load({ sourceUris: [uri], destinationTable: freshTable(), schema: { fields } });
      expect(job.status.errorResult).toMatchObject({
        reason: "invalid",
        message: expect.stringMatching(/Missing required field: id\..*row 2/),
      });
    }
  });

  test("are skipped as far as maxBadRecords allows", async () => {
    const table = freshTable();
    const uri = await emulated.put("some-bad.json", lines(good, "{", '{"id":"c","n":"x"}', '{"id":"d","n":4}'));
    const load = { sourceUris: [uri], destinationTable: table, schema: { fields: keyFields } };
    expect((await emulated.load({ ...load, maxBadRecords: 1 })).status.errorResult.reason).toBe("invalid");
    const job = await emulated.load({ ...load, maxBadRecords: 2 });
    expect(job.statistics.load).toMatchObject({ outputRows: "2", badRecords: "2" });
    expect(await rowsOf(table)).toEqual([
      { id: "a", n: 1 },
      { id: "d", n: 4 },
    ]);
  });

  test("with unknown fields are taken when those are to be ignored", async () => {
    const table = freshTable();
    const uri = await emulated.put("extra.json", lines('{"id":"a","extra":{"id":"z"},"n":1}'));
    await emulated.load({
      sourceUris: [uri],
      destinationTable: table,
      schema: { fields: keyFields },
      ignoreUnknownValues: true,
    });
    expect(await rowsOf(table)).toEqual([{ id: "a", n: 1 }]);
  });

  test("may have other keys than the first of them, or its keys in another order", async () => {
    const table = freshTable();
    const load = async (...rows: string[]) =>
      await emulated.load({
        sourceUris: [await emulated.putGzip("keys.json.gz", lines(...rows))],
        schema: { fields: partFields },
        destinationTable: table,
      });
    const first = '{"school_year":1,"source_id":"a","data":{"v":1.0}}';
    const others = [
      '{"source_id":"b","school_year":2,"data":[2.0]}',
      '{"source_id":"c","data":3.0}',
      '{"school_year":4}',
    ];
    expect((await load(first, ...others)).status).toEqual({ state: "DONE" });
    const rows = "source_id, school_year, TO_JSON_STRING(data) AS data";
    expect(await rowsOf(table, rows, "IFNULL(school_year, 3)")).toEqual([
      { source_id: "a", school_year: 1, data: '{"v":1.0}' },
      { source_id: "b", school_year: 2, data: "[2.0]" },
      { source_id: "c", school_year: null, data: "3.0" },
      { source_id: null, school_year: 4, data: "null" },
    ]);
    const bad = ['{"school_year":5,"source_id":"d","none":1,"data":{}}', '{"school_year":5,"data":'];
    for (const row of bad) expect((await load(first, row)).status.errorResult.reason).toBe("invalid");
    // The first row alone is wrong, so that all others differ from it.
    expect((await load('{"none":1,"data":{}}', ...others)).status.errorResult.message).toContain("none");
    expect(await rowsOf(table, "COUNT(*) AS n")).toEqual([{ n: 4 }]);
  });

  test("in a broken gzip file fail the load", async () => {
    const zipped = gzipSync(lines(good, good, good));
    const uri = await emulated.put("broken.gz", zipped.subarray(0, zipped.length - 12));
    const job = await emulated.load({
      sourceUris: [uri],
      destinationTable: freshTable(),
      schema: { fields: keyFields },
    });
    expect(job.status.errorResult).toMatchObject({ reason: "invalid", location: uri });
  });
});

describe("sources", () => {
  test("may be many, by name or wildcard, compressed or not", async () => {
    const table = freshTable();
    await emulated.putGzip("wild/part-0.ndjson.gz", lines('{"id":"a","n":1}'));
    await emulated.putGzip("wild/part-1.ndjson.gz", lines('{"id":"b","n":2}', '{"id":"c","n":3}'));
    const plain = await emulated.put("wild-plain.json", lines('{"id":"d","n":4}'));
    const job = await emulated.load({
      sourceUris: ["gs://lake/wild/*.gz", plain],
      destinationTable: table,
      schema: { fields: keyFields },
    });
    expect(job.statistics.load).toMatchObject({ inputFiles: "3", outputRows: "4" });
    expect(await rowsOf(table, "id")).toEqual(["a", "b", "c", "d"].map((id) => ({ id })));
  });

  test("that are missing are not found, and nothing of the others is stored", async () => {
    const table = freshTable();
    const there = await emulated.put("there.json", lines('{"id":"a","n":1}'));
    const job = await emulated.load({
      sourceUris: [there, "gs://lake/not-there.json"],
      destinationTable: table,
      schema: { fields: keyFields },
    });
    const error = { reason: "notFound", message: "Not found: URI gs://lake/not-there.json" };
    expect(job.status).toEqual({ state: "DONE", errorResult: error, errors: [error] });
    expect(await emulated.client.dataset("raw").table(table.tableId).exists()).toEqual([false]);
  });

  test("must be at least one", async () => {
    const job = await emulated.load({ sourceUris: [], destinationTable: freshTable(), schema: { fields: keyFields } });
    expect(job.status.errorResult).toMatchObject({
      reason: "invalid",
      message: "Load configuration must specify at least one source URI",
    });
  });

  test("may be empty", async () => {
    const table = freshTable();
    const job = await emulated.load({
      sourceUris: [await emulated.put("empty.json", "")],
      destinationTable: table,
      schema: { fields: keyFields },
    });
    expect(job.statistics.load).toMatchObject({ outputRows: "0" });
    expect(await rowsOf(table)).toEqual([]);
  });
});

describe("destinations", () => {
  const source = async (id: string) => await emulated.put(`${id}.json`, lines(`{"id":"${id}","n":1}`));
  const load = async (table: object, id: string, more: object = {}) =>
    await emulated.load({
      sourceUris: [await source(id)],
      destinationTable: table,
      schema: { fields: keyFields },
      ...more,
    });

  test("are appended to, truncated or must be empty, as the disposition says", async () => {
    const table = freshTable();
    await load(table, "a");
    await load(table, "b");
    expect(await rowsOf(table, "id")).toEqual([{ id: "a" }, { id: "b" }]);
    const refused = await load(table, "c", { writeDisposition: "WRITE_EMPTY" });
    expect(refused.status.errorResult).toMatchObject({
      reason: "duplicate",
      message: `Already Exists: Table demo:raw.${table.tableId}`,
    });
    await load(table, "d", { writeDisposition: "WRITE_TRUNCATE" });
    expect(await rowsOf(table, "id")).toEqual([{ id: "d" }]);
    await load(freshTable(), "e", { writeDisposition: "WRITE_EMPTY" });
  });

  test("get a new schema when truncated, and keep their descriptions", async () => {
    const table = freshTable();
    await emulated.client.dataset("raw").createTable(table.tableId, { schema: "old:STRING", description: "Kept" });
    await load(table, "a", { writeDisposition: "WRITE_TRUNCATE" });
    const [metadata] = await emulated.client.dataset("raw").table(table.tableId).getMetadata();
    expect(metadata).toMatchObject({
      description: "Kept",
      schema: { fields: keyFields.map(({ name }) => ({ name })) },
    });
  });

  test("that are missing are created with what the job says, unless it forbids that", async () => {
    const table = freshTable();
    const never = await load(table, "a", { createDisposition: "CREATE_NEVER" });
    expect(never.status.errorResult).toMatchObject({ reason: "notFound" });
    await load(table, "a", {
      clustering: { fields: ["id"] },
      destinationTableProperties: { description: "Made by a load" },
    });
    const [metadata] = await emulated.client.dataset("raw").table(table.tableId).getMetadata();
    expect(metadata).toMatchObject({ description: "Made by a load", clustering: { fields: ["id"] }, numRows: "1" });
    const nowhere = await load(destination("nowhere", "t"), "a");
    expect(nowhere.status.errorResult).toMatchObject({
      reason: "notFound",
      message: expect.stringContaining("demo:nowhere"),
    });
  });

  test("take new fields only when the job asks for it", async () => {
    const table = freshTable();
    await load(table, "a");
    const fields = [...keyFields, { name: "extra", type: "STRING" }];
    const sourceUris = [await emulated.put("wider.json", lines('{"id":"b","n":2,"extra":"x"}'))];
    const refused = await emulated.load({ sourceUris, destinationTable: table, schema: { fields } });
    expect(refused.status.errorResult).toMatchObject({
      reason: "invalid",
      message: `Provided Schema does not match Table demo:raw.${table.tableId}. Cannot add fields (field: extra)`,
    });
    const job = await emulated.load({
      sourceUris,
      destinationTable: table,
      schema: { fields },
      schemaUpdateOptions: ["ALLOW_FIELD_ADDITION"],
    });
    expect(job.status).toEqual({ state: "DONE" });
    expect(await rowsOf(table)).toEqual([
      { id: "a", n: 1, extra: null },
      { id: "b", n: 2, extra: "x" },
    ]);
  });

  test("refuse a field of another type", async () => {
    const table = freshTable();
    await load(table, "a");
    const fields = [{ name: "id", type: "INT64" }];
    const job = await emulated.load({ sourceUris: [await source("1")], destinationTable: table, schema: { fields } });
    expect(job.status.errorResult.message).toContain("Field id has changed type from STRING to INTEGER");
  });

  test("use their own schema when the job has none, and need one of the two", async () => {
    const table = freshTable();
    const sourceUris = [await source("a")];
    const without = await emulated.load({ sourceUris, destinationTable: table });
    expect(without.status.errorResult.message).toBe("No schema specified on job or table.");
    await emulated.client.dataset("raw").createTable(table.tableId, { schema: keyFields });
    await emulated.load({ sourceUris, destinationTable: table });
    expect(await rowsOf(table)).toEqual([{ id: "a", n: 1 }]);
  });

  test("are not written when the load is by a client that waits for it to fail", async () => {
    const table = freshTable();
    const uri = await emulated.put("client.json", lines('{"id":"a","wrong":1}'));
    const configuration = {
      load: {
        sourceUris: [uri],
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        destinationTable: table,
        schema: { fields: keyFields },
      },
    };
    const [job] = await emulated.client.createJob({ configuration });
    await expect(job.promise()).rejects.toMatchObject({ errors: [{ reason: "invalid" }, { reason: "invalid" }] });
  });
});

describe("other formats", () => {
  test("of CSV are read with quotes, delimiters, null markers and rows to skip", async () => {
    const table = freshTable();
    const uri = await emulated.putGzip("people.csv", 'id;n;born\n"a;1";1;2026-01-01\n"say ""hi""";;\nNULL;3;NULL\n');
    const job = await emulated.load({
      sourceUris: [uri],
      sourceFormat: "CSV",
      fieldDelimiter: ";",
      skipLeadingRows: 1,
      nullMarker: "NULL",
      destinationTable: table,
      schema: { fields: [...keyFields, { name: "born", type: "DATE" }] },
    });
    expect(job.status).toEqual({ state: "DONE" });
    expect(await rowsOf(table, "id, n, CAST(born AS STRING) AS born", "n")).toEqual([
      { id: 'say "hi"', n: null, born: null },
      { id: "a;1", n: 1, born: "2026-01-01" },
      { id: null, n: 3, born: null },
    ]);
  });

  test("of CSV with a bad cell fail and name the file", async () => {
    const uri = await emulated.put("bad.csv", "a,1\nb,two\n");
    const job = await emulated.load({
      sourceUris: [uri],
      sourceFormat: "CSV",
      destinationTable: freshTable(),
      schema: { fields: keyFields },
    });
    expect(job.status.errorResult).toMatchObject({
      reason: "invalid",
      location: uri,
      message: expect.stringContaining("two"),
    });
  });

  test("are guessed when that is asked for", async () => {
    const [csv, json] = [freshTable(), freshTable()];
    await emulated.load({
      sourceUris: [await emulated.put("auto.csv", "name,n\nx,1\ny,2\n")],
      sourceFormat: "CSV",
      autodetect: true,
      destinationTable: csv,
    });
    expect(await rowsOf(csv)).toEqual([
      { name: "x", n: 1 },
      { name: "y", n: 2 },
    ]);
    await emulated.load({
      sourceUris: [await emulated.put("auto.json", lines('{"name":"x","at":"2026-01-01T00:00:00Z","list":[1]}'))],
      autodetect: true,
      destinationTable: json,
    });
    const [metadata] = await emulated.client.dataset("raw").table(json.tableId).getMetadata();
    expect(metadata.schema.fields).toMatchObject([
      { name: "name", type: "STRING" },
      { name: "at", type: "TIMESTAMP" },
      { name: "list", type: "INTEGER", mode: "REPEATED" },
    ]);
  });

  test("that the emulator does not read are refused by name", async () => {
    const job = await emulated.load({
      sourceUris: ["gs://lake/x.avro"],
      sourceFormat: "AVRO",
      destinationTable: freshTable(),
    });
    expect(job.status.errorResult.message).toContain("AVRO");
  });
});
