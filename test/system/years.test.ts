import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pageDay } from "../docs/marts-page.ts";
import { type District, openDistrict } from "../models/district/district.ts";
import "./patience.ts";

/** Facts and sums that another year's ODS, or another district, must leave as they are. */
const facts = [
  "marts.fct_student_school",
  "marts.fct_student_section",
  "marts.fct_student_attendance_event",
  "marts.fct_student_section_attendance",
  "marts.fct_student_school_attendance",
  "marts.agg_student_attendance",
  "marts.agg_school_attendance_day",
  "marts.agg_enrollment_snapshot",
  "marts.fct_enrollment_movement",
  "marts.fct_student_grade",
  "marts.fct_student_gpa",
  "marts.fct_early_warning",
  "marts.bridge_student_contact",
  "marts.bridge_student_organization",
  "marts.bridge_staff_group",
  "marts.dim_calendar_date",
  "marts.dim_contact",
  "marts.dim_course",
  "marts.dim_grading_period",
  "marts.dim_program",
  "marts.dim_section",
  "marts.dim_session",
  "marts.dim_student_directory",
  "marts.fct_staff_school",
  "marts.fct_student_assessment_score",
  "marts.fct_student_circumstance",
  "marts.fct_student_program",
  "marts.rls_user_student_data_authorization",
  "marts.wide_student_grade",
  "marts.current_gpa",
  "marts.public_chronic_absence",
];

/** Facts of which a copied ODS has nothing of its own. */
const countedOnce = [
  "marts.fct_student_section",
  "marts.fct_student_attendance_event",
  "marts.fct_student_grade",
  "marts.fct_course_transcript",
  "marts.fct_discipline_action",
  "marts.fct_discipline_incident_behavior",
  "marts.fct_student_graduation",
  "marts.fct_survey_response",
];

const studentsEnding = "22";
let alone: District;
/** The same records thrice: the year's ODS, the one made from it for the next year, and another district whose ids are the same. */
let among: District;

beforeAll(async () => {
  alone = await openDistrict(pageDay, { studentsEnding });
  among = await openDistrict(pageDay, {
    studentsEnding,
    instances: [
      { source: "grand-bend", year: 2011 },
      { source: "grand-bend", year: 2012 },
      { source: "other", year: 2011 },
    ],
  });
  for (const district of [alone, among]) await district.build([...facts, ...countedOnce, "marts.agg_student_credit"]);
});

afterAll(() => {
  alone.warehouse.close();
  among.warehouse.close();
});

async function rowsOf(district: District, model: string, where: string): Promise<string[]> {
  const columns = district.models.get(model)?.columns ?? [];
  const named = columns.map(({ name }) => name);
  const rows = await district.warehouse.select(`select ${named.join(", ")} from ${model} where ${where}`, columns);
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** The first rows that only one of the two has. */
function difference(expected: readonly string[], found: readonly string[]): string[] {
  const [one, other] = [new Set(expected), new Set(found)];
  const missing = expected.filter((row) => !other.has(row)).map((row) => `missing: ${row}`);
  const added = found.filter((row) => !one.has(row)).map((row) => `added: ${row}`);
  return [...missing.slice(0, 2), ...added.slice(0, 2)];
}

async function countOf(district: District, model: string, where: string): Promise<number> {
  const [row] = await district.warehouse.run(`select count(*) as n from ${model} where ${where}`);
  return Number(row?.n);
}

describe("with the next year's copied ODS and another district that has the same ids", () => {
  test.each(facts)("%s has the year's rows as without them", async (model) => {
    const ownYear = "source_id = 'grand-bend' and school_year = 2011";
    const expected = await rowsOf(alone, model, ownYear);
    expect(expected.length).toBeGreaterThan(0);
    const found = await rowsOf(among, model, ownYear);
    expect(difference(expected, found)).toEqual([]);
  });

  test.each(countedOnce)("%s has each record once in all years", async (model) => {
    expect(await countOf(among, model, "source_id = 'grand-bend'")).toBe(await countOf(alone, model, "true"));
  });

  test.each([...facts, ...countedOnce])(
    "%s has as many rows of the other district, under keys of its own",
    async (model) => {
      expect(await countOf(among, model, "source_id = 'other'")).toBe(await countOf(alone, model, "true"));
    },
  );

  test("credits are those of one district, not of three", async () => {
    const sum = "select sum(earned_credits) as n from marts.agg_student_credit where scope = 'total'";
    const [expected] = await alone.warehouse.run(sum);
    expect(await among.warehouse.run(`${sum} and source_id = 'grand-bend'`)).toEqual([expected]);
  });
});
