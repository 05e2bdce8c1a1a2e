import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { UnsupportedSql } from "../../../emulator/googlesql/translate.ts";
import { Warehouse } from "./warehouse.ts";

const folder = new URL("corpus/", import.meta.url);
const setup = readFileSync(new URL("setup.sql", folder), "utf8");

/** `after` is DuckDB SQL run in the end, whose rows are the answer; the expectations are BigQuery's answers. */
const caseSchema = z.strictObject({
  id: z.string(),
  group: z.string(),
  sql: z.string(),
  after: z.string().optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  expect: z.union([
    z.strictObject({ rows: z.array(z.record(z.string(), z.json())) }),
    z.strictObject({ runs: z.literal(true) }),
    z.strictObject({ error: z.literal(true) }),
    z.strictObject({ refused: z.string() }),
  ]),
});
type Case = z.infer<typeof caseSchema>;

const cases = z.array(caseSchema).parse(JSON.parse(readFileSync(new URL("cases.json", folder), "utf8")));

/** What came of a statement, in the words of the expectation; `failed` for an error nobody expected. */
async function outcome({ sql, after, parameters, expect: expected }: Case): Promise<unknown> {
  await using warehouse = await Warehouse.open();
  await warehouse.connection.run(setup);
  try {
    const rows = await warehouse.query(sql, parameters);
    const answer = after === undefined ? rows : (await warehouse.connection.runAndReadAll(after)).getRowObjectsJson();
    return "runs" in expected ? { runs: true } : { rows: canonical(answer) };
  } catch (error) {
    if (error instanceof UnsupportedSql) {
      return { refused: error.construct };
    }
    return "error" in expected ? { error: true } : { failed: String(error) };
  }
}

/** Numbers as numbers, moments without trailing zeros: how DuckDB writes them is not what is tested. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, canonical(member)]));
  }
  if (typeof value !== "string") {
    return value;
  }
  if (/^-?\d+(\.\d+)?$/.test(value) && value.length < 16) {
    return Number(value);
  }
  return value.replace(/(\.\d*?)0+(\+00)?$/, "$1$2").replace(/\.(\+00)?$/, "$1");
}

describe("corpus", () => {
  const figures = { right: 0, refused: 0, wrong: 0 };

  test.each(cases)("$group: $id gives BigQuery's answer or is refused by name", async (one) => {
    const found = await outcome(one);
    const expected = "rows" in one.expect ? { rows: canonical(one.expect.rows) } : one.expect;
    const isRight = JSON.stringify(found) === JSON.stringify(expected);
    figures[!isRight ? "wrong" : "refused" in expected ? "refused" : "right"] += 1;
    expect(found).toEqual(expected);
  });

  test("at least 112 of the 122 statements are right and none is wrong", () => {
    console.log(`GoogleSQL corpus: ${JSON.stringify(figures)} of ${cases.length}`);
    expect(cases).toHaveLength(122);
    expect(figures.wrong).toBe(0);
    expect(figures.right).toBeGreaterThanOrEqual(113);
  });
});
