import { describe, expect, test } from "@jest/globals";
import { PermanentError } from "../../shared/errors.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import type { SqlFile } from "../../shared/refresh/sql-file.ts";
import { modelFile } from "./world.ts";

function mistakes(files: readonly SqlFile[], currents?: ReadonlySet<string>): string[] {
  try {
    catalogueOf(files, currents);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const withHeader = (header: string, sql = "select 1 as id"): SqlFile => ({
  path: "marts/core/m.sql",
  text: `/* model\n${header}\n*/\n${sql}\n`,
});
const columns =
  "columns:\n  id: {type: STRING}\n  n: {type: INT64}\n  at: {type: TIMESTAMP}\n  xs: {type: ARRAY<STRING>}";
const head = `description: D\nkey: [id]\n${columns}`;

describe("catalogueOf", () => {
  test("names a model by its folder and file", () => {
    const paths = ["ref/codes", "staging/edfi/stg_edfi__students", "marts/core/dim_student", "delivery/grades"];
    const models = catalogueOf(paths.map((path) => modelFile({ path, sql: "select '1' as id" })));
    expect(models.map(({ name }) => name)).toEqual([
      "delivery.grades",
      "marts.dim_student",
      "ref.codes",
      "staging.stg_edfi__students",
    ]);
  });

  test("reads the whole header", () => {
    const [model] = catalogueOf([
      withHeader(
        [
          "description: >-\n  Two\n  lines.",
          "materialize: table",
          "key: [id, n]",
          "partition: n range 2000 2050",
          "cluster: [id, at]",
          "columns:\n  id: {type: string, description: Its id, pii: true}\n  n: {type: INT64}\n  at: {type: TIMESTAMP}",
          "  parts: {type: 'array<struct<name string, rit numeric>>'}",
          "tests:\n  - not_null: [n]\n  - range: {column: n, min: 0, max: 1, severity: warn}",
        ].join("\n"),
      ),
    ]);
    expect(model?.header).toMatchObject({
      description: "Two lines.",
      key: ["id", "n"],
      layout: {
        materialize: "table",
        partition: { kind: "range", column: "n", start: 2000, end: 2050, step: 1 },
        cluster: ["id", "at"],
      },
      columns: [
        { name: "id", type: "STRING", description: "Its id", pii: true },
        { name: "n", type: "INT64", pii: false },
        { name: "at", type: "TIMESTAMP" },
        { name: "parts", type: "ARRAY<STRUCT<name STRING, rit NUMERIC>>" },
      ],
    });
    expect(model?.sql).toBe("select 1 as id");
  });

  test.each([
    ["no header", { path: "marts/m.sql", text: "select 1" }, ['begins without a header, "/* model … */"']],
    ["broken YAML", withHeader("key: [id"), [expect.stringMatching(/^marts\/core\/m\.sql: line 3: /)]],
    [
      "several mistakes at once",
      withHeader("key: []\ncolumns: {id: {type: VARCHAR}}\nkye: [id]"),
      [
        expect.stringContaining("description: "),
        expect.stringContaining("key: "),
        expect.stringContaining('columns.id.type: "VARCHAR" is not a type: VARCHAR is not one of STRING'),
        expect.stringContaining('Unrecognized key: "kye"'),
      ],
    ],
    [
      "names that are no columns",
      withHeader(`${head}\ncluster: [x]\ntests: [{not_null: [y]}, {range: {column: z, min: 0}}]`),
      [
        "cluster.0: columns has no x",
        "tests.0.not_null.columns.0: columns has no y",
        "tests.1.range.column: columns has no z",
      ],
    ],
    [
      "a key that cannot be compared",
      withHeader(`description: D\nkey: [xs]\n${columns}`),
      ["key.0: xs is ARRAY<STRING>, which cannot be compared"],
    ],
    [
      "a partition of a wrong type",
      withHeader(`${head}\npartition: id by day`),
      ["partition: id is STRING, not DATE or TIMESTAMP"],
    ],
    [
      "a partition that is none",
      withHeader(`${head}\npartition: every day`),
      [expect.stringContaining("partition: write it as")],
    ],
    [
      "a partition of too many parts",
      withHeader(`${head}\npartition: n range 0 100000`),
      [expect.stringContaining("more than 4000")],
    ],
    [
      "a view with a partition",
      withHeader(`${head}\nmaterialize: view\npartition: at by month`),
      ["materialize: a view has neither partition nor cluster"],
    ],
    [
      "two kinds in one test",
      withHeader(`${head}\ntests: [{not_null: [id], volume: {min_share: 0}}]`),
      ["tests.0: name one kind of test per entry"],
    ],
    [
      "an unknown test",
      withHeader(`${head}\ntests: [{unique: [id]}]`),
      [expect.stringContaining('Unrecognized key: "unique"'), expect.anything()],
    ],
    [
      "a value of the wrong type",
      withHeader(`${head}\ntests: [{range: {column: n, min: few}}]`),
      ['tests: "few" is no INT64'],
    ],
    [
      "a semicolon",
      withHeader(head, "select 1 as id\n;"),
      ["line 2 of the SELECT: has a ;, but a model is one SELECT"],
    ],
    ["another statement", withHeader(head, "delete from marts.x where true"), ["is not one SELECT (WITH is allowed)"]],
    [
      "a parameter",
      withHeader(head, "select @id as id"),
      ["line 1 of the SELECT: has a parameter, but a model has none"],
    ],
    ["an open string", withHeader(head, "select 'x as id"), ["line 1: what begins with ' is not closed"]],
    [
      "a table without dataset",
      withHeader(head, "select id\nfrom students"),
      ["line 2 of the SELECT: reads students; write a table as dataset.table"],
    ],
    [
      "a table with project",
      withHeader(head, "select id from `p.marts.x`"),
      ["line 1 of the SELECT: reads p.marts.x; write a table as dataset.table"],
    ],
    [
      "an unknown input",
      withHeader(head, "select id from marts.nothing"),
      ["reads marts.nothing, which is neither a model, an endpoint (current_*) nor the ledger (ops.*)"],
    ],
    [
      "a raw table",
      withHeader(head, "select id from raw_edfi.students"),
      [expect.stringContaining("reads raw_edfi.students, which is neither")],
    ],
    [
      "a relationship to nowhere",
      withHeader(`${head}\ntests: [{relationship: {column: id, to: marts.nothing}}]`),
      [expect.stringContaining("reads marts.nothing, which is neither")],
    ],
    [
      "a folder that is no dataset",
      { path: "mart/m.sql", text: "" },
      [expect.stringContaining("a model lies in ref/, staging/")],
    ],
    [
      "a name that is no table's",
      { path: "marts/Dim-Student.sql", text: "" },
      [expect.stringContaining("a model lies in")],
    ],
  ] as const)("refuses %s", (_, file, expected) => {
    const texts = expected.map((one) => (typeof one === "string" ? `${file.path}: ${one}` : one));
    expect(mistakes([file])).toEqual(texts);
  });

  test("lists the mistakes of all files, and does not blame those that read a broken one", () => {
    const files = [
      modelFile({ path: "ref/broken", sql: "select ';' ;" }),
      modelFile({ path: "marts/a/reader", sql: "select id from ref.broken" }),
      modelFile({ path: "marts/b/stray", sql: "select id from ref.nowhere" }),
    ];
    expect(mistakes(files)).toEqual([
      "ref/broken.sql: line 1 of the SELECT: has a ;, but a model is one SELECT",
      expect.stringContaining("marts/b/stray.sql: reads ref.nowhere"),
    ]);
  });

  test("refuses two files of one name", () => {
    const files = ["marts/a/twin", "marts/b/twin"].map((path) => modelFile({ path, sql: "select 'x' as id" }));
    expect(mistakes(files)).toEqual(["marts/b/twin.sql: marts/a/twin.sql is already marts.twin"]);
  });

  test("knows the endpoints of the connectors, if they are given", () => {
    const file = modelFile({
      path: "staging/edfi/s",
      sql: "select id from current_edfi.studnets join ops.runs on true",
    });
    expect(mistakes([file])).toEqual([]);
    expect(mistakes([file], new Set(["current_edfi.students"]))).toEqual([
      expect.stringContaining("staging/edfi/s.sql: reads current_edfi.studnets"),
    ]);
  });

  test("counts what the tests read among the inputs, but not a model's comparison with itself", () => {
    const files = [
      modelFile({ path: "ref/codes", sql: "select '1' as id" }),
      modelFile({ path: "ref/days", sql: "select '1' as id" }),
      modelFile({
        path: "marts/tree",
        sql: "select '1' as id",
        header: [
          "tests:",
          "  - relationship: {column: id, to: marts.tree}",
          "  - relationship: {column: id, to: ref.codes}",
          "  - expression: {name: known, sql: id in (select id from ref.days)}",
        ].join("\n"),
      }),
    ];
    expect(catalogueOf(files).map(({ inputs }) => inputs)).toEqual([["ref.codes", "ref.days"], [], []]);
  });

  test("reads a file with Windows line ends and a byte order mark", () => {
    const { path, text } = modelFile({ path: "ref/codes", sql: "select '1' as id" });
    const [windows] = catalogueOf([{ path, text: `\uFEFF${text.replaceAll("\n", "\r\n")}` }]);
    const [unix] = catalogueOf([{ path, text }]);
    expect(windows?.definition).toBe(unix?.definition);
  });
});

describe("a model that is delivered", () => {
  const delivered = (
    changes: Record<string, string> = {},
    path = "delivery/nwea_edfi/nwea_edfi__student_assessments.sql",
  ) => {
    const header = {
      description: "One row per result.",
      deliver: "{pipeline: nwea_edfi, resource: /ed-fi/studentAssessments}",
      key: "[source_id, school_year, record_key]",
      columns:
        "{source_id: {type: STRING}, school_year: {type: INT64}, record_key: {type: STRING}, payload: {type: JSON}}",
      ...changes,
    };
    const lines = Object.entries(header).map(([name, value]) => `${name}: ${value}`);
    const select =
      "select 'map' as source_id, 2026 as school_year, 'k' as record_key, to_json(struct('1' as a)) as payload";
    return { path, text: `/* model\n${lines.join("\n")}\n*/\n${select}\n` };
  };

  test("says by its header where its rows are sent", () => {
    const [model] = catalogueOf([delivered()]);
    expect(model?.name).toBe("delivery.nwea_edfi__student_assessments");
    expect(model?.header.deliver).toEqual({ pipeline: "nwea_edfi", resource: "/ed-fi/studentAssessments" });
  });

  test.each([
    [
      "without the columns that are sent",
      { columns: "{record_key: {type: STRING}, school_year: {type: STRING}}" },
      [
        "key.0: columns has no source_id",
        "deliver: columns needs source_id of type STRING",
        "deliver: columns needs school_year of type INT64",
        "deliver: columns needs payload of type JSON",
      ],
    ],
    ["with another key", { key: "[record_key]" }, ["deliver: key must be [source_id, school_year, record_key]"]],
    [
      "that is a view",
      { materialize: "view" },
      ["deliver: materialize must be table, for what was tested is what is sent"],
    ],
    [
      "of a resource that is none",
      { deliver: "{pipeline: nwea_edfi, resource: students}" },
      ["deliver.resource: write it as /ed-fi/studentAssessments"],
    ],
  ])("is refused %s", (_, changes, problems) => {
    const { path } = delivered();
    expect(mistakes([delivered(changes)])).toEqual(problems.map((problem) => `${path}: ${problem}`));
  });

  test("is named by its pipeline and resource, in delivery/", () => {
    const [wrong, elsewhere] = ["delivery/nwea_edfi/results.sql", "marts/core/nwea_edfi__student_assessments.sql"];
    expect(mistakes([delivered({}, wrong), delivered({}, elsewhere)])).toEqual([
      `${wrong}: deliver: the file of this pipeline and resource is named nwea_edfi__student_assessments.sql`,
      `${elsewhere}: deliver: only models in delivery/ are delivered`,
    ]);
  });
});
