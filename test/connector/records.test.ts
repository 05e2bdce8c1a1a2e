import { describe, expect, test } from "@jest/globals";
import { freeRecords, MalformedPage, splitRecords } from "../../shared/connector/records.ts";

function split(body: string, at = "$"): string[] {
  return splitRecords(Buffer.from(body), at).records.map((record) => record.toString("utf8"));
}

describe("splitRecords", () => {
  test("E55 keeps the text of each record byte for byte", () => {
    const records = [
      '{"id":"a","big":9007199254740993,"decimal":1.0,"tiny":12.50}',
      '{"id":"b","text":"\\u00e9 \\"quoted\\" }],[{","nested":{"list":[{"x":[1,2]},"]"]}}',
      '{ "id" : "ü — 学生" , "empty" : { } }',
    ];
    expect(split(`[${records.join(" ,\n ")}]\n`)).toEqual(records);
  });

  test("finds the list inside an object", () => {
    expect(
      split('{"page":1,"data":{"x":"[","items":[{"a":1},{"a":2}],"n":{"y":[1]}},"total":2}', "$.data.items"),
    ).toEqual(['{"a":1}', '{"a":2}']);
  });

  test("takes one record where there is no list", () => {
    const one = (body: string, at = "$") => splitRecords(Buffer.from(body), at, true);
    const page = one('{"formId":"f","items":[{"a":1}]}');
    expect(page.records.map(String)).toEqual(['{"formId":"f","items":[{"a":1}]}']);
    const below = one('{"form":{"id":1},"next":"t"}', "$.form");
    expect([below.records.map(String), below.envelope()]).toEqual([['{"id":1}'], '{"form":[],"next":"t"}']);
    expect(() => one("[]")).toThrow(MalformedPage);
    expect(() => one("null")).toThrow(MalformedPage);
  });

  test("takes an empty list for what it is", () => {
    expect(split(" [ ] ")).toEqual([]);
  });

  test("E21 drops items that are null and counts them", () => {
    expect(splitRecords(Buffer.from('[null,{"a":1},null]'), "$")).toMatchObject({
      nulls: 2,
      records: [expect.anything()],
    });
  });

  test.each([
    ["a body cut inside a record", '[{"a":1},{"a":'],
    ["a body cut inside a string", '[{"a":"x'],
    ["a body cut between records", '[{"a":1},'],
    ["a list that is not closed", '[{"a":1}'],
    ["an empty body", ""],
    ["a gateway's page", "<html><body>Bad gateway</body></html>"],
    ["an error object with status 200", '{"message":"failed"}'],
    ["a list of something else", "[1,2]"],
    ["two documents", "[][]"],
    ["brackets that do not match", '[{"a":[1}]}]'],
    ["a value that is missing inside a record", '[{"a":1,"b":}]'],
    ["a comma too many", '[{"a":1},]'],
    ["a word that is no value", '[{"a":nul}]'],
    ["a number with a zero before it", '[{"a":01}]'],
    ["a number without its fraction", '[{"a":1.}]'],
    ["a number without its exponent", '[{"a":1e+}]'],
    ["a sign alone", '[{"a":-}]'],
    ["an escape that JSON does not have", '[{"a":"\\x41"}]'],
    ["an escape that is cut short", '[{"a":"\\u00e"}]'],
    ["a line break inside a string", '[{"a":"x\ny"}]'],
    ["a name without quotes", "[{a:1}]"],
    ["values nested beyond all measure", `[{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}]`],
  ])("E48 refuses %s", (_, body) => {
    expect(() => split(body)).toThrow(MalformedPage);
  });

  test("takes values nested as deeply as the warehouse does, and no deeper", () => {
    const nested = (levels: number) => `[{"a":${"[".repeat(levels)}${"]".repeat(levels)}}]`;
    expect(split(nested(499))).toHaveLength(1);
    expect(() => split(nested(500))).toThrow(MalformedPage);
  });

  test("refuses a body without the list it should have", () => {
    expect(() => split('{"items":[]}', "$.pupils")).toThrow(MalformedPage);
    expect(() => split('{"items":[{"a":1}]', "$.items")).toThrow(MalformedPage);
  });

  test("refuses what is not UTF-8, whose bytes could not be kept", () => {
    expect(() => splitRecords(Buffer.from([0x5b, 0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d, 0x5d]), "$")).toThrow(
      MalformedPage,
    );
  });

  test("does not mind a byte order mark", () => {
    expect(split('\ufeff[{"a":1}]')).toEqual(['{"a":1}']);
  });

  test("does not quote the body in its error", () => {
    expect(() => split('[{"firstName":"Planted",}]')).toThrow(/^(?!.*Planted)/);
  });

  test("agrees with JSON.parse on random documents, whole and cut anywhere", () => {
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    const value = (depth: number): unknown => {
      const kind = random(depth > 3 ? 4 : 6);
      if (kind === 0) return random(1e9) / 7;
      if (kind === 1) return ['a"b', "\\", "]}", "é", ""][random(5)];
      if (kind === 2) return null;
      if (kind === 3) return random(2) === 0;
      if (kind === 4) return Array.from({ length: random(4) }, () => value(depth + 1));
      return Object.fromEntries(Array.from({ length: random(4) }, (_, i) => [`k${i}`, value(depth + 1)]));
    };
    for (let round = 0; round < 300; round += 1) {
      const rows = Array.from({ length: random(5) }, () => ({ v: value(0) }));
      const text = JSON.stringify(rows, undefined, random(3));
      expect(split(text).map((record) => JSON.parse(record))).toEqual(rows);
      const cut = text.slice(0, random(text.length));
      expect(() => split(cut)).toThrow(MalformedPage);
    }
  });

  test("takes for JSON what JSON.parse does, whatever byte is changed", () => {
    const text = '[{"a":[-1.5e+3,0,true,null,{}],"b":"\\u00e9\\n"},{"c":{"d":[[],[1]]}}]';
    const bytes = Buffer.from('"\\{}[],:-+.eE019tfnlu/ \n\t\u0001');
    const isJson = (body: Buffer): boolean => {
      try {
        const value: unknown = JSON.parse(body.toString());
        return Array.isArray(value) && value.every((item) => item === null || Object(item).constructor === Object);
      } catch {
        return false;
      }
    };
    const isSplit = (body: Buffer): boolean => {
      try {
        splitRecords(Buffer.from(body), "$");
        return true;
      } catch (error) {
        if (error instanceof MalformedPage) return false;
        throw error;
      }
    };
    for (let at = 0; at < text.length; at += 1) {
      for (const byte of bytes) {
        for (const end of [at, at + 1]) {
          const body = Buffer.concat([
            Buffer.from(text.slice(0, at)),
            Buffer.from([byte]),
            Buffer.from(text.slice(end)),
          ]);
          expect(`${body} ${isSplit(body)}`).toBe(`${body} ${isJson(body)}`);
        }
      }
    }
  });

  test("makes spaces of the line breaks between values", () => {
    expect(split('[\r\n{"a":\r\n1},{"b":\n"\\n"}\n]')).toEqual(['{"a":  1}', '{"b": "\\n"}']);
  });
});

test("freed records give their memory back, and leave that of others alone", () => {
  const page = Buffer.from(JSON.stringify(Array.from({ length: 20_000 }, (_, id) => ({ id }))));
  const { records } = splitRecords(page, "$");
  const inPool = Buffer.from("{}");
  freeRecords([...records, inPool]);
  expect(page.buffer.byteLength).toBe(0);
  expect(inPool.toString()).toBe("{}");
});
