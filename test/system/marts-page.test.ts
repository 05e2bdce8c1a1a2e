import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { answered, answersOf, pageDay, pagePath } from "../docs/marts-page.ts";
import { openDistrict } from "../models/district/district.ts";
import { readModels } from "../models/harness/model.ts";
import "./patience.ts";

const page = readFileSync(pagePath, "utf8");
const root = join(import.meta.dirname, "..", "..");
const casesSchema = z.array(z.looseObject({ name: z.string() }));

/** The marts of the warehouse that Rollcall replaces, as its last version has them. */
const replaced = [
  "bridge_staff_group",
  "current_gpa",
  "dim_assessment",
  "dim_date",
  "dim_grading_period",
  "dim_lea",
  "dim_school",
  "dim_section",
  "dim_session",
  "dim_staff",
  "dim_student",
  "fct_staff_school",
  "fct_student_assessment",
  "fct_student_grade",
  "fct_student_school",
  "fct_student_school_attendance",
  "fct_student_section",
  "rls_user_student_data_authorization",
  "wide_student_assessment",
  "wide_student_grade",
  "wide_student_school_attendance",
];

test("every question has a query, and every query gives on the sample what the page prints", async () => {
  const questions = [...page.matchAll(/^## (\d+)\. /gm)].map(([, number]) => Number(number));
  expect(questions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(answersOf(page).length).toBeGreaterThanOrEqual(questions.length);
  const district = await openDistrict(pageDay);
  try {
    // What differs is written by `node test/docs/marts-page.ts`; look at why before you commit it.
    expect(await answered(page, district)).toBe(page);
  } finally {
    district.warehouse.close();
  }
});

/** The rows of the table of replaced models: the name there, the model here, the file of cases and the name of the case. */
function counterparts(): { there: string; here: string; file: string; name: string }[] {
  const row = /^\| `(\w+)` \| `(marts\.\w+)` \| [^|]+ \| `(\w+)`: ([^|]+) \|$/gm;
  return [...page.matchAll(row)].map(([, there = "", here = "", file = "", name = ""]) => ({
    there,
    here,
    file,
    name,
  }));
}

test("every model that is replaced has its counterpart, and a case that shows its faults mended", () => {
  const models = readModels(join(root, "sql"));
  expect(
    counterparts()
      .map(({ there }) => there)
      .sort(),
  ).toEqual(replaced);
  for (const { here, file, name } of counterparts()) {
    expect(models.has(here)).toBe(true);
    const cases = casesSchema.parse(
      parse(readFileSync(join(root, "test", "models", "cases", `${file}.yaml`), "utf8"), {
        merge: true,
        maxAliasCount: 10_000,
      }),
    );
    expect(cases.map((one) => one.name)).toContain(name);
  }
});

test("the page names only models that there are", () => {
  const models = readModels(join(root, "sql"));
  const named = [...page.matchAll(/(?<![/\w])marts\.[a-z]\w+/g)].map(([name]) => name);
  expect([...new Set(named)].filter((name) => !models.has(name))).toEqual([]);
});
