import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseCases } from "./harness/case.ts";
import { checkCase } from "./harness/check.ts";
import { type Model, parseModel, relationsIn } from "./harness/model.ts";
import { openTestWarehouse, type TestWarehouse } from "./harness/warehouse.ts";

const header = (columns: string) => `/* model
description: One row per student.
materialize: table
key: [student_unique_id]
columns:
${columns}
*/
`;

const staging = parseModel(
  "staging/edfi/stg_students.sql",
  `${header(`  student_unique_id: {type: STRING, description: Id}
  credits: {type: NUMERIC, description: Credits}
  entry_date: {type: DATE, description: Entry}
  seen_at: {type: TIMESTAMP, description: Seen}
  races: {type: ARRAY<STRING>, description: Races}
  names: {type: "STRUCT<first STRING, last STRING>", description: Names}
  extensions: {type: JSON, description: Rest}`)}select
    json_value(data, '$.id') as student_unique_id,
    cast(json_value(data, '$.credits') as numeric) as credits,
    safe_cast(json_value(data, '$.entry') as date) as entry_date,
    extracted_at as seen_at,
    json_value_array(data, '$.races') as races,
    struct(json_value(data, '$.first') as first, json_value(data, '$.last') as last) as names,
    json_query(data, '$._ext') as extensions
from current_edfi.students`,
);

function mart(select: string): Model {
  const columns = `  student_unique_id: {type: STRING, description: Id}
  credits: {type: NUMERIC, description: Credits}
  is_new: {type: BOOL, description: New}`;
  return parseModel("marts/core/dim_student.sql", `${header(columns)}${select}`);
}

const right = mart(
  "select student_unique_id, credits, entry_date >= date '2010-08-01' as is_new from staging.stg_students",
);

function modelsWith(model: Model): Map<string, Model> {
  return new Map([staging, model].map((one) => [one.name, one]));
}

const rows = `
  inputs:
    staging.stg_students:
      - {student_unique_id: "1", credits: 1.5, entry_date: 2010-08-23}
      - {student_unique_id: "2", entry_date: 2009-08-23}
`;

let warehouse: TestWarehouse;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
});

afterAll(() => warehouse.close());

async function problems(model: Model, cases: string): Promise<readonly string[]> {
  const models = modelsWith(model);
  const [one] = parseCases(`${model.name}.yaml`, cases, models);
  if (one === undefined) throw new Error("no case");
  return (await checkCase(one, models, warehouse)).problems;
}

describe("a case", () => {
  test("passes when the rows are those expected, in any order, on the columns listed", async () => {
    const expected = `  expected:
    - {student_unique_id: "2", is_new: false}
    - {student_unique_id: "1", is_new: true, credits: 1.50}`;
    expect(await problems(right, `- name: x${rows}${expected}`)).toEqual([]);
  });

  test("fails on a wrong model, naming row and column", async () => {
    const wrong = mart(right.sql.replace(">=", "<"));
    const expected = `  expected: [{student_unique_id: "1", is_new: true}, {student_unique_id: "2", is_new: false}]`;
    const found = await problems(wrong, `- name: x${rows}${expected}`);
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('student_unique_id="1"');
    expect(found[0]).toContain("is_new: expected true, got false");
  });

  test("fails on rows that are missing and rows too many", async () => {
    expect(await problems(right, `- name: x${rows}  expected: []`)).toHaveLength(2);
    expect(await problems(right, `- name: x${rows}  expected_count: 3`)).toEqual(["3 rows expected, got 2"]);
    const third = `  expected_present: [{student_unique_id: "1"}, {student_unique_id: "3"}]`;
    expect((await problems(right, `- name: x${rows}${third}`))[0]).toContain('"3"');
  });

  test("fails when a row that must be absent is there", async () => {
    const absent = `  expected_absent: [{student_unique_id: "2", is_new: false}]`;
    expect((await problems(right, `- name: x${rows}${absent}`))[0]).toContain("must not be there");
    expect(await problems(right, `- name: x${rows}${absent.replace("false", "true")}`)).toEqual([]);
  });

  test("fails when the result breaks the key the model promises", async () => {
    const twice = `- name: x
  inputs: {staging.stg_students: [{student_unique_id: a}, {student_unique_id: a}, {credits: 1}]}
  expected_count: 3`;
    const found = await problems(right, twice);
    expect(found.join()).toContain("two rows of one key");
    expect(found.join()).toContain("a NULL in the key");
  });

  test("starts from empty relations, whatever the case before left in them", async () => {
    await problems(right, `- name: x${rows}  expected_count: 2`);
    expect(await problems(right, "- {name: x, expected: []}")).toEqual([]);
  });

  test("carries every type through a current view's JSON", async () => {
    const one = `- name: x
  inputs:
    current_edfi.students:
      - extracted_at: 2011-05-01T10:00:00.5Z
        data: {id: "1", credits: 0.1, entry: 2010-08-23, races: [b, a], first: Ada, last: O'Neil, _ext: {z: [1], a: null}}
  expected:
    - student_unique_id: "1"
      credits: "0.1"
      entry_date: 2010-08-23
      seen_at: 2011-05-01 10:00:00.500
      races: [b, a]
      names: {first: Ada, last: O'Neil}
      extensions: {a: null, z: [1]}`;
    expect(await problems(staging, one)).toEqual([]);
    expect((await problems(staging, one.replace("[b, a]\n      names", "[a, b]\n      names")))[0]).toContain("races");
  });

  test("can build an input from its own SELECT", async () => {
    const one = `- name: x
  build: [staging.stg_students]
  inputs: {current_edfi.students: [{data: {id: "7", entry: 2011-01-01}}]}
  expected: [{student_unique_id: "7", is_new: true}]`;
    expect(await problems(right, one)).toEqual([]);
  });
});

describe("a mistake in a case is named", () => {
  test.each([
    ["a model that is not there", "dim_pupil.yaml", "- {name: x, expected: []}", "no model dim_pupil"],
    [
      "a relation the model does not read",
      "dim_student.yaml",
      "- {name: x, inputs: {ops.runs: []}, expected: []}",
      "ops.runs",
    ],
    [
      "an unknown column",
      "dim_student.yaml",
      `- {name: x, inputs: {staging.stg_students: [{nme: a}]}, expected: []}`,
      "nme",
    ],
    ["an unknown expected column", "dim_student.yaml", "- {name: x, expected: [{nme: a}]}", "nme"],
    [
      "a value of another type",
      "dim_student.yaml",
      "- {name: x, expected: [{is_new: 1}]}",
      "is_new: expected BOOL, found 1",
    ],
    ["a number where text belongs", "dim_student.yaml", "- {name: x, expected: [{student_unique_id: 1}]}", "quote it"],
    ["nothing expected", "dim_student.yaml", "- {name: x}", "expects nothing"],
    ["two cases of one name", "dim_student.yaml", "- {name: x, expected: []}\n- {name: x, expected: []}", "two cases"],
    ["an unknown part", "dim_student.yaml", "- {name: x, expects: []}", "expects"],
  ])("%s", (_what, file, text, message) => {
    expect(() => parseCases(file, text, modelsWith(right))).toThrow(message);
  });

  test("a SELECT whose columns are not the header's", async () => {
    const swapped = mart("select credits, student_unique_id, true as is_new from staging.stg_students");
    await expect(problems(swapped, "- {name: x, expected: []}")).rejects.toThrow(/marts.dim_student, "x".*credits/);
    const other = mart("select student_unique_id, 1.5 as credits, true as is_new from staging.stg_students");
    await expect(problems(other, `- name: x${rows}  expected: []`)).rejects.toThrow(/credits is NUMERIC/);
  });
});

test("the relations of a SELECT are read from its text, without comments and texts", () => {
  const sql = `-- from a.comment
    with b as (select * from marts.dim_school) select 'from a.text' from b
    join \`staging.stg_x\` as x on x.y = b.y, unnest(b.list) as l left join ops.runs on true`;
  expect(relationsIn(sql)).toEqual(["marts.dim_school", "ops.runs", "staging.stg_x"]);
});
