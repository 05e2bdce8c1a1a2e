import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Model, readModels, relationColumns } from "../models/harness/model.ts";
import type { CellRow } from "../models/harness/value.ts";
import { openTestWarehouse, type TestWarehouse } from "../models/harness/warehouse.ts";
import { Luck } from "../simulation/luck.ts";
import "./patience.ts";

// Chronic absence of random students, by the models and by the definition written out again here: whole hundredths of days, no SQL.

const students = ["a", "b", "c", "d"];
const schools = ["s1", "s2", "s3"];
const agencyOf: Readonly<Record<string, string>> = { s1: "l1", s2: "l1", s3: "l2" };
const dayCount = 45;

/** Category, hundredths of the day that it takes (null: not in the map) and how bad it is. */
const categories = [
  { name: "Unexcused", hundredths: 100, severity: 50 },
  { name: "Excused", hundredths: 100, severity: 40 },
  { name: "Half", hundredths: 50, severity: 30 },
  { name: "Quarter", hundredths: 25, severity: 30 },
  { name: "Tardy", hundredths: 0, severity: 20 },
  { name: "Unheard of", hundredths: null, severity: null },
];

interface Enrollment {
  readonly student: string;
  readonly school: string;
  readonly from: number;
  /** The last day that counts. */
  readonly to: number;
  readonly isPrimary: boolean;
  readonly isValid: boolean;
}

interface Event {
  readonly student: string;
  readonly school: string;
  readonly day: number;
  readonly category: (typeof categories)[number];
}

interface District {
  readonly minDays: number;
  readonly asOf: number;
  readonly isCurrentYear: boolean;
  /** The instructional days of each school. */
  readonly days: ReadonlyMap<string, readonly number[]>;
  readonly enrollments: readonly Enrollment[];
  readonly events: readonly Event[];
}

function districtOf(luck: Luck): District {
  const allDays = Array.from({ length: dayCount }, (_, day) => day);
  const enrollments = students.flatMap((student) =>
    Array.from({ length: 1 + luck.below(4) }, (_, place): Enrollment => {
      const from = luck.below(30);
      const to = luck.chance(0.3) ? dayCount : from + luck.below(25);
      return { student, school: luck.one(schools), from, to, isPrimary: place === 0, isValid: luck.chance(0.9) };
    }),
  );
  const events = students.flatMap((student) =>
    schools.flatMap((school) =>
      allDays.flatMap((day) => {
        const count = luck.chance(0.15) ? 1 + luck.below(2) : 0;
        return Array.from({ length: count }, (): Event => ({ student, school, day, category: luck.one(categories) }));
      }),
    ),
  );
  return {
    minDays: luck.below(12),
    asOf: 5 + luck.below(40),
    isCurrentYear: luck.chance(0.5),
    days: new Map(schools.map((school) => [school, allDays.filter(() => luck.chance(0.75))])),
    enrollments,
    events,
  };
}

/** A day of membership; hundredths missed, or null where that is not known. */
interface Membership {
  readonly school: string;
  readonly day: number;
  readonly missed: number | null;
  readonly isPrimary: boolean;
}

function missedOn(district: District, student: string, school: string, day: number): number | null {
  const found = district.events.filter((one) => one.student === student && one.school === school && one.day === day);
  if (found.length === 0) return 0;
  const known = found.map(({ category }) => category).filter(({ severity }) => severity !== null);
  known.sort((one, other) => rank(other) - rank(one));
  return known[0]?.hundredths ?? null;
}

const rank = ({ severity, hundredths }: Event["category"]) => (severity ?? 0) * 1000 + (hundredths ?? 0);

function membershipsOf(district: District, student: string): Membership[] {
  return schools.flatMap((school) => {
    const submitted = Math.max(-1, ...district.events.filter((one) => one.school === school).map(({ day }) => day));
    const until = district.isCurrentYear ? Math.min(district.asOf, submitted) : district.asOf;
    return (district.days.get(school) ?? []).flatMap((day): Membership[] => {
      const covering = district.enrollments.filter(
        (one) => one.student === student && one.school === school && one.isValid && one.from <= day && one.to >= day,
      );
      if (day > until || covering.length === 0) return [];
      const isPrimary = covering.some((one) => one.isPrimary);
      return [{ school, day, missed: missedOn(district, student, school, day), isPrimary }];
    });
  });
}

/** A day at two schools at once counts once: of what is known, as the primary school has it. */
function onceADay(memberships: readonly Membership[]): Membership[] {
  const places = (one: Membership) => `${one.missed === null ? 1 : 0}${one.isPrimary ? 0 : 1}${one.school}`;
  const ordered = [...memberships].sort((one, other) => (places(one) < places(other) ? -1 : 1));
  return ordered.filter(({ day }, place) => ordered.findIndex((one) => one.day === day) === place);
}

function longestStreak(memberships: readonly Membership[]): number {
  let [streak, longest] = [0, 0];
  for (const { missed } of [...memberships].sort((one, other) => one.day - other.day)) {
    if (missed === null) continue;
    streak = missed >= 50 ? streak + 1 : 0;
    longest = Math.max(longest, streak);
  }
  return longest;
}

/** What the definition says of these days. */
function judged(memberships: readonly Membership[], minDays: number): string {
  const known = memberships.filter(({ missed }) => missed !== null);
  const missed = known.reduce((sum, one) => sum + (one.missed ?? 0), 0);
  const isEnough = known.length >= minDays;
  // Missed a tenth or more: exactly a tenth is chronic.
  const isChronic = known.length > 0 && isEnough && missed * 10 >= known.length * 100;
  const unknown = memberships.length - known.length;
  return [known.length, missed / 100, isChronic, isEnough, longestStreak(memberships), unknown].join(" ");
}

function byHand(district: District): Map<string, string> {
  const found = new Map<string, string>();
  const add = (student: string, scope: string, key: string, memberships: readonly Membership[]) => {
    if (memberships.length > 0) found.set(`${student} ${scope} ${key}`, judged(memberships, district.minDays));
  };
  for (const student of students) {
    const all = membershipsOf(district, student);
    for (const school of schools)
      add(
        student,
        "school",
        school,
        all.filter((one) => one.school === school),
      );
    for (const agency of ["l1", "l2"]) {
      add(student, "lea", agency, onceADay(all.filter(({ school }) => agencyOf[school] === agency)));
    }
    add(student, "source", "d1", onceADay(all));
  }
  return found;
}

const dateOf = (day: number) => new Date(Date.UTC(2011, 0, 3 + day)).toISOString().slice(0, 10);

/** The same district as rows of what the models read. */
function rowsOf(district: District): Record<string, CellRow[]> {
  const year = { source_id: "d1", school_year: "2011" };
  const rates = { chronic_rate: "0.1", chronic_min_days: String(district.minDays), verge_margin: "0.02" };
  return {
    "ref.parameters": [{ source_id: "*", as_of_date: dateOf(district.asOf), ...rates }],
    "marts.dim_school_year": [{ ...year, is_current: district.isCurrentYear }],
    "marts.dim_school": schools.map((school) => ({ school_key: school, lea_key: agencyOf[school] ?? null })),
    "marts.dim_calendar_date": [...district.days].flatMap(([school, days]) =>
      days.map((day) => ({
        calendar_key: `c ${school}`,
        school_key: school,
        date: dateOf(day),
        is_instructional_day: true,
      })),
    ),
    "marts.fct_student_school": district.enrollments.map((one, place) => ({
      ...year,
      enrollment_key: `n${place}`,
      student_key: one.student,
      school_key: one.school,
      calendar_key: `c ${one.school}`,
      entry_date: dateOf(one.from),
      last_membership_date: one.to === dayCount ? null : dateOf(one.to),
      is_primary_school: one.isPrimary,
      is_valid: one.isValid,
    })),
    "marts.fct_student_attendance_event": district.events.map(({ student, school, day, category }, place) => ({
      attendance_event_key: `e${place}`,
      student_key: student,
      school_key: school,
      event_scope: "school",
      event_date: dateOf(day),
      attendance_category: category.name,
      absent_portion: category.hundredths === null ? null : String(category.hundredths / 100),
      severity_order: category.severity === null ? null : String(category.severity),
    })),
  };
}

const daily = "marts.fct_student_school_attendance";
const summed = "marts.agg_student_attendance";
let models: Map<string, Model>;
let warehouse: TestWarehouse;

beforeAll(async () => {
  models = readModels(join(import.meta.dirname, "../../sql"));
  warehouse = await openTestWarehouse();
});
afterAll(() => warehouse.close());

async function byModels(district: District): Promise<Map<string, string>> {
  const rows = rowsOf(district);
  const inputs = [daily, summed].flatMap((name) => models.get(name)?.inputs ?? []);
  for (const name of inputs) {
    const columns = relationColumns(name, models);
    const whole = (rows[name] ?? []).map((row) =>
      Object.fromEntries(columns.map((one) => [one.name, row[one.name] ?? null])),
    );
    await warehouse.fill(name, columns, whole);
  }
  await warehouse.build(daily, relationColumns(daily, models), models.get(daily)?.sql ?? "");
  const found = await warehouse.select(models.get(summed)?.sql ?? "", relationColumns(summed, models));
  return new Map(
    found.map((row) => [
      `${row.student_key} ${row.scope} ${row.scope_key}`,
      [
        Number(row.days_enrolled),
        Number(row.days_absent),
        row.is_chronically_absent,
        row.meets_minimum_days,
        row.longest_absence_streak,
        Number(row.days_unknown),
      ].join(" "),
    ]),
  );
}

test("absences of random students add up as by hand, in a school, an agency and the source", async () => {
  let chronic = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const district = districtOf(new Luck(seed));
    const expected = byHand(district);
    const found = await byModels(district);
    expect({ seed, rows: Object.fromEntries([...found].sort()) }).toEqual({
      seed,
      rows: Object.fromEntries([...expected].sort()),
    });
    chronic += [...expected.values()].filter((one) => one.includes(" true true ")).length;
  }
  expect(chronic).toBeGreaterThan(50);
});
