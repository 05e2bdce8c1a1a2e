import { describe, expect, test } from "@jest/globals";
import { fixClock, flattenNames } from "./names.ts";

const relations = [{ name: "marts.dim_student" }, { name: "staging.stg_x" }];

describe("flattenNames", () => {
  test.each([
    ["select * from marts.dim_student", "select * from `marts.dim_student` as dim_student"],
    ["select * from marts.dim_student as s", "select * from `marts.dim_student` as s"],
    ["select * from marts.dim_student s where true", "select * from `marts.dim_student` s where true"],
    ["select * from `marts.dim_student`\nwhere true", "select * from `marts.dim_student` as dim_student\nwhere true"],
    ["from a join staging.stg_x on true", "from a join `staging.stg_x` as stg_x on true"],
    ["from a, staging.stg_x, b", "from a, `staging.stg_x` as stg_x, b"],
  ])("%j becomes %j", (sql, expected) => {
    expect(flattenNames(sql, relations)).toBe(expected);
  });

  test.each([
    "select 'from marts.dim_student' -- from marts.dim_student",
    "select * from marts.dim_students",
    "select dim_student.id from dim_student",
  ])("%j stays as it is", (sql) => {
    expect(flattenNames(sql, relations)).toBe(sql);
  });
});

describe("fixClock", () => {
  test.each([
    ["select current_date()", "select date '2011-03-15'"],
    ["select current_date(timezone) as d", "select date '2011-03-15' as d"],
    ["select CURRENT_DATE(coalesce(zone, 'UTC'))", "select date '2011-03-15'"],
    ["select current_timestamp() > x", "select timestamp '2011-03-15 12:00:00+00' > x"],
    ["select 'current_date()' -- current_date()", "select 'current_date()' -- current_date()"],
  ])("%j becomes %j", (sql, expected) => {
    expect(fixClock(sql, "2011-03-15")).toBe(expected);
  });
});
