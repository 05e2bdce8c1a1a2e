import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { translate } from "../../../emulator/googlesql/translate.ts";
import { canonical, isSame } from "./canonical.ts";
import { projectId, Warehouse } from "./warehouse.ts";

/**
 * What Google's own evaluator of GoogleSQL (ZetaSQL's) answered, once, to expressions made at random and to queries
 * written by hand. test/googlesql asks it again; here its answers are asked of DuckDB.
 */
const folder = new URL("corpus/", import.meta.url);
const expressionSchema = z.union([
  z.strictObject({ expression: z.string(), error: z.literal(true) }),
  z.strictObject({ expression: z.string(), type: z.string(), value: z.json() }),
]);
const querySchema = z.strictObject({ sql: z.string(), columns: z.array(z.string()), rows: z.array(z.json()) });

function lines<T>(file: string, schema: z.ZodType<T>): T[] {
  const text = readFileSync(new URL(file, folder), "utf8").trimEnd();
  return text.split("\n").map((line) => schema.parse(JSON.parse(line)));
}

const expressions = lines("expressions.jsonl", expressionSchema);
const queries = lines("queries.jsonl", querySchema);
const relations = readFileSync(new URL("relations.sql", folder), "utf8").trim();

const types: Readonly<Record<string, string>> = {
  BIGINT: "INT64",
  DOUBLE: "FLOAT64",
  "DECIMAL(38,9)": "NUMERIC",
  BOOLEAN: "BOOL",
  VARCHAR: "STRING",
  BLOB: "BYTES",
  DATE: "DATE",
  TIME: "TIME",
  TIMESTAMP: "DATETIME",
  "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
};

async function answer(warehouse: Warehouse, expression: string): Promise<{ type: string; value: unknown } | "error"> {
  const [statement] = translate(`SELECT ${expression} AS v`, { projectId });
  try {
    const reader = await warehouse.connection.runAndReadAll(statement?.sql ?? "");
    const [row] = reader.getRowObjectsJson();
    return { type: types[String(reader.columnType(0))] ?? "", value: row?.v };
  } catch {
    // Whatever DuckDB says: that it fails is what is compared.
    return "error";
  }
}

function bytes(text: unknown): unknown {
  const unescaped = String(text).replace(/\\x(..)/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(unescaped, "latin1").toString("base64");
}

describe("expressions", () => {
  test("give the values and types of the reference evaluator", async () => {
    await using warehouse = await Warehouse.open();
    const wrong: unknown[] = [];
    for (const one of expressions) {
      const found = await answer(warehouse, one.expression);
      if ("error" in one || found === "error") {
        if (!("error" in one && found === "error")) wrong.push({ ...one, found });
        continue;
      }
      const value = one.type === "BYTES" && found.value !== null ? bytes(found.value) : found.value;
      const isTyped = found.type === one.type || value === null;
      const isEqual = one.type === "STRING" ? value === one.value : isSame(canonical(value), canonical(one.value));
      if (!isEqual || !isTyped) wrong.push({ ...one, found });
    }
    expect(wrong).toEqual([]);
    expect(expressions.length).toBeGreaterThan(1400);
  });
});

/** The text behind the test data: a WITH of the query's own goes on where that of the data ends. */
function withRelations(sql: string): string {
  const recursive = /^WITH RECURSIVE\s*/i;
  if (recursive.test(sql)) {
    return `${relations.replace(/^WITH/, "WITH RECURSIVE")}, ${sql.replace(recursive, "")}`;
  }
  return /^WITH\s/i.test(sql) ? `${relations}, ${sql.replace(/^WITH\s*/i, "")}` : `${relations} ${sql}`;
}

describe("queries", () => {
  test("give the rows of the reference evaluator", async () => {
    await using warehouse = await Warehouse.open();
    const wrong: unknown[] = [];
    for (const { sql, columns, rows } of queries) {
      const [statement] = translate(withRelations(sql), { projectId });
      const reader = await warehouse.connection.runAndReadAll(statement?.sql ?? "");
      const isOrdered = /ORDER BY[^)]*$/i.test(sql);
      const sorted = (list: unknown[]) => {
        const rows = list.map(canonical);
        return isOrdered ? rows : rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      };
      const [found, expected] = [sorted(reader.getRowsJson()), sorted(rows)];
      // A column without a name has one of BigQuery's making, f0_.
      const isNamed = reader.columnNames().every((name, index) => name === columns[index] || name === `f${index}_`);
      if (!isSame(found, expected) || !isNamed) wrong.push({ sql, found, expected, columns });
    }
    expect(wrong).toEqual([]);
    expect(queries.length).toBeGreaterThan(150);
  });
});
