import { parseType } from "../models/harness/type.ts";
import type { GoogleSql } from "./client.ts";
import type { Check } from "./report.ts";

const students = {
  name: "raw.students",
  columns: [
    { name: "student_id", type: parseType("STRING") },
    { name: "school_id", type: parseType("INT64") },
    { name: "payload", type: parseType("JSON") },
    { name: "entry_date", type: parseType("DATE") },
  ],
};

/** Slips that BigQuery refuses, several of which DuckDB takes. */
const slips: Readonly<Record<string, string>> = {
  "a reserved word as alias": "select 1 as at",
  "a name in double quotes": 'select "student_id".x from raw.students',
  "a cast by ::": "select '1'::int64",
  ilike: "select * from raw.students where student_id ilike 'a%'",
  "distinct on": "select distinct on (student_id) student_id from raw.students",
  "union without all or distinct": "select 1 union select 2",
  "* exclude": "select * exclude (payload) from raw.students",
  "->> on JSON": "select payload->>'a' from raw.students",
  "filter on an aggregate": "select count(*) filter (where school_id = 1) from raw.students",
  "an open parenthesis": "select count(* from raw.students",
  "an unknown function": "select parse_datex('%Y', '2020')",
  "too few arguments": "select safe_divide(1)",
  "an argument of another type": "select date_diff('2025-01-01', 5, day)",
  "an unknown column": "select nope from raw.students",
  "an unknown table": "select 1 from raw.nope",
  "a column that is not grouped": "select student_id, school_id, count(*) from raw.students group by student_id",
  "an alias used beside its definition": "select school_id as x, x + 1 as y from raw.students",
  "values of two types compared": "select * from raw.students where school_id = 'a'",
  "a date part in quotes": "select date_trunc('month', entry_date) from raw.students",
  varchar: "select cast(1 as varchar)",
  "an aggregate of another engine": "select count_if(school_id = 1) from raw.students",
  "list()": "select list(school_id) from raw.students",
  "JSON compared": "select * from raw.students where payload.x = 'a'",
  "JSON grouped": "select payload.x, count(*) from raw.students group by 1",
  "a missing comma": "select student_id school_id entry_date from raw.students",
  "a window function in where": "select * from raw.students where row_number() over () = 1",
  "an aggregate in a join condition": "select 1 from raw.students as a join raw.students as b on count(*) = 1",
};

/** Proves the judge: what is not GoogleSQL must be refused, or the checks that follow say nothing. */
export async function refuseIllegal(googlesql: GoogleSql): Promise<Check> {
  const problems: string[] = [];
  for (const [slip, sql] of Object.entries(slips)) {
    const accepted = await googlesql.analyze(sql, [students]).then(
      () => true,
      () => false,
    );
    if (accepted) problems.push(`accepted ${slip}: ${sql}`);
  }
  await googlesql.analyze("select student_id from raw.students", [students]);
  const count = Object.keys(slips).length;
  return { title: "Illegal SQL refused", summary: `${count - problems.length}/${count}`, problems };
}
