import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { graphOf } from "../../shared/refresh/graph.ts";
import { allRelations } from "../../shared/warehouse/ensure.ts";
import { readEndpoints } from "../../sql/generator/endpoints.ts";
import { readModels, relationColumns } from "../models/harness/model.ts";
import { openTestWarehouse, type TestWarehouse } from "../models/harness/warehouse.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "sql");
const models = readModels(folder);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".sql"))
  .map((file) => ({ path: file.split(sep).join("/"), text: readFileSync(join(folder, file), "utf8") }));

const keywords =
  /\b(SELECT|FROM|WHERE|JOIN|LEFT|INNER|CROSS|ON|AND|OR|NOT|NULL|AS|WITH|GROUP|ORDER|BY|QUALIFY|CASE|WHEN|THEN|ELSE|END|UNION|ALL|DISTINCT|OVER|PARTITION|CAST|SAFE_CAST|COALESCE|IF|IN|IS|TRUE|FALSE|UNNEST|STRUCT|ARRAY)\b/;

/** The SELECT without texts and comments, line by line; what is taken out leaves its length behind. */
function codeOf(text: string): string {
  const blank = (found: string): string => found.replaceAll(/[^\n]/g, " ");
  return text.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*|'(?:[^'\\\n]|\\.)*'/g, blank);
}

/** Every line of every file that breaks a rule, as file:line. */
function linesWhere(breaks: (line: string, code: string) => boolean): string[] {
  return files.flatMap(({ path, text }) => {
    const code = codeOf(text).split("\n");
    const found = text
      .split("\n")
      .flatMap((line, i) => (breaks(line, code[i] ?? "") ? [`${path}:${i + 1}: ${line}`] : []));
    return found;
  });
}

describe("every SQL file", () => {
  test("has lines of at most 120 columns", () => {
    expect(linesWhere((line) => line.length > 120)).toEqual([]);
  });

  test("writes keywords and functions in lower case", () => {
    expect(linesWhere((_line, code) => keywords.test(code))).toEqual([]);
  });

  test("indents by four spaces, without tabs or blanks at the end of a line", () => {
    const isOdd = (line: string, code: string): boolean =>
      /\t| $/.test(line) || (code.trim() !== "" && (/^ */.exec(line)?.[0].length ?? 0) % 4 !== 0);
    expect(linesWhere(isOdd)).toEqual([]);
  });

  test("is one SELECT without a semicolon", () => {
    expect(linesWhere((_line, code) => code.includes(";"))).toEqual([]);
  });

  test("ends with the last of its parts", () => {
    const isEnded = (text: string): boolean => {
      const parts = [...codeOf(text).matchAll(/^(?:with )?(\w+) as \($/gm)];
      const last = parts.at(-1)?.[1];
      return last === undefined || text.trimEnd().endsWith(`\nselect * from ${last}`);
    };
    expect(files.filter(({ text }) => !isEnded(text)).map(({ path }) => path)).toEqual([]);
  });

  test("ends with a line break", () => {
    expect(files.filter(({ text }) => !text.endsWith("\n") || text.endsWith("\n\n")).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

describe("every header", () => {
  test("describes the model and each of its columns", () => {
    const silent = [...models.values()].flatMap(({ name, refresh: { header } }) => {
      const columns = header.columns.filter(({ description }) => (description ?? "").trim() === "");
      return columns.map((column) => `${name}.${column.name}`);
    });
    expect(silent).toEqual([]);
  });

  test("has its key among its columns", () => {
    const strange = [...models.values()].flatMap(({ name, key, columns }) =>
      key.filter((part) => !columns.some((column) => column.name === part)).map((part) => `${name}.${part}`),
    );
    expect(strange).toEqual([]);
  });

  test("names in its tests columns that it has", () => {
    const strange = [...models.values()].flatMap(({ name, columns, refresh: { header } }) => {
      const named = header.tests.flatMap((one) => [
        ...(one.not_null?.columns ?? []),
        ...[one.relationship?.column, one.range?.column, one.accepted_values?.column].filter(
          (column) => column !== undefined,
        ),
      ]);
      return named
        .filter((column) => !columns.some((known) => known.name === column))
        .map((column) => `${name}.${column}`);
    });
    expect(strange).toEqual([]);
  });
});

test("the models fit together: everything read exists, and nothing is read in a circle", () => {
  const relations = allRelations(readConnectors(join(root, "connectors")).values());
  const currents = new Set(relations.map(({ connector, endpoint }) => `current_${connector.connector}.${endpoint}`));
  const graph = graphOf(readCatalogue(folder, currents));
  expect(graph.models.length).toBe(files.length);
});

test("every endpoint has its staging model, and only staging and checks of its losses read the endpoints", () => {
  const endpoints = readEndpoints(join(root, "connectors/edfi.yaml")).map(({ name }) => `stg_edfi__${name}`);
  const staging = [...models.keys()].filter((name) => name.startsWith("staging.stg_edfi__"));
  expect(staging.map((name) => name.replace("staging.", "")).sort()).toEqual(endpoints.sort());
  const bypassing = [...models.values()].filter(
    ({ name, inputs }) => !/^staging\.|^marts\.dq_/.test(name) && inputs.some((input) => input.startsWith("current_")),
  );
  expect(bypassing.map(({ name }) => name)).toEqual([]);
});

test("every endpoint that has a staging model is counted, for what is not would be taken for lost", () => {
  const counted = new Set(
    models.get("marts.dq_staged_count")?.inputs.flatMap((name) => models.get(name)?.inputs ?? []) ?? [],
  );
  const staged = allRelations(readConnectors(join(root, "connectors")).values())
    .map(({ connector, endpoint }) => `staging.stg_${connector.connector}__${endpoint}`)
    .filter((name) => models.has(name));
  expect(staged.length).toBeGreaterThan(80);
  expect([...counted].sort()).toEqual(staged.sort());
});

describe("on empty tables", () => {
  let warehouse: TestWarehouse;

  beforeAll(async () => {
    warehouse = await openTestWarehouse();
  });

  afterAll(() => warehouse.close());

  test("every SELECT gives the columns of its header, in their order", async () => {
    const problems: string[] = [];
    for (const model of models.values()) {
      for (const input of model.inputs) await warehouse.fill(input, relationColumns(input, models), []);
      await warehouse
        .select(model.sql, model.columns)
        .catch((error: Error) => problems.push(`${model.name}: ${error.message}`));
    }
    expect(problems).toEqual([]);
  }, 60_000);
});
