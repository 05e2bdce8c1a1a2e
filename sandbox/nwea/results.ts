import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import * as z from "zod";
import { bid } from "./names.ts";

/** One line of AssessmentResults.csv: columns to text, `id` beside them for the one who changes it. */
export type Result = Readonly<Record<string, string>>;

const tableSchema = z.array(z.array(z.string())).min(1);

/** The columns of the sample's file and its results. A line may lack columns at its end, as one of the sample does. */
export function resultsSample(): { readonly columns: readonly string[]; readonly results: readonly Result[] } {
  const path = fileURLToPath(new URL("../data/nwea/AssessmentResults.csv", import.meta.url));
  const [columns = [], ...lines] = tableSchema.parse(parse(readFileSync(path), { relax_column_count: true }));
  const results = lines.map((line) => {
    const result = Object.fromEntries(line.map((value, index) => [columns[index] ?? "", value]));
    return { id: resultBid(result), ...result };
  });
  return { columns, results };
}

/** The id of a result in the partner API: of what stays the same when its score is corrected. */
export function resultBid(result: Result): string {
  const parts = ["StudentID", "TermName", "Course", "TestName", "TestStartDate", "TestStartTime"];
  return bid("result", ...parts.map((name) => result[name] ?? ""));
}

/** A list with something in it. */
type Some<T> = readonly [T, ...T[]];

const subjects: Some<Result> = [
  { Subject: "Mathematics", Course: "Math K-12", TestName: "Growth: Math 6+ TX 2012" },
  { Subject: "Language Arts", Course: "Reading", TestName: "Growth: Reading 6+ TX 2017" },
  { Subject: "Language Arts", Course: "Language Usage", TestName: "Growth: Language 2-12 TX 2017" },
  { Subject: "Science", Course: "Science K-12", TestName: "Growth: Science 6+ TX 2017" },
];
const seasons: Some<{ readonly name: string; readonly month: string }> = [
  { name: "Fall", month: "09" },
  { name: "Winter", month: "01" },
  { name: "Spring", month: "04" },
];
/** Grand Bend's students are 604821 to 605780. */
const students = { count: 960, firstStateId: 604_821, firstId: 605_000 };

function at<T>(list: Some<T>, index: number): T {
  return list[index % list.length] ?? list[0];
}

/**
 * A made-up result of one of Grand Bend's students, by its number; the same number gives the same result. Each student is tested in four
 * subjects and three terms a year, the years going back from 2021-2022.
 */
export function madeUpResult(index: number): Result {
  const student = index % students.count;
  const turn = Math.floor(index / students.count);
  const subject = at(subjects, turn);
  const season = at(seasons, Math.floor(turn / subjects.length));
  const year = 2021 - Math.floor(turn / (subjects.length * seasons.length));
  const day = String(1 + ((student * 7 + turn) % 28)).padStart(2, "0");
  const rit = 170 + ((student * 31 + turn * 5) % 70);
  return {
    ...subject,
    TermName: `${season.name} ${year}-${year + 1}`,
    DistrictName: "Grand Bend ISD",
    District_StateID: "255901",
    SchoolName: "Grand Bend Middle School",
    School_StateID: "255901044",
    StudentID: String(students.firstId + student),
    Student_StateID: String(students.firstStateId + student),
    GrowthMeasureYN: "TRUE",
    NormsReferenceData: "2020",
    TestType: "Survey With Goals",
    TestID: String(800_000_000 + index),
    TestStartDate: `${season.month}/${day}/${season.month === "09" ? year : year + 1}`,
    TestStartTime: `${String(8 + (student % 7)).padStart(2, "0")}:${String(turn % 60).padStart(2, "0")}:00`,
    TestDurationMinutes: String(20 + (student % 60)),
    TestRITScore: String(rit),
    TestStandardError: (3 + (student % 10) / 10).toFixed(2),
    TestPercentile: String(1 + ((rit - 170) * 98) / 70).replace(/\..*/, ""),
    AchievementQuintile: at(["Low", "LoAvg", "Avg", "HiAvg", "High"], Math.floor((rit - 170) / 14)),
    PercentCorrect: String(35 + (student % 30)),
    RapidGuessingPercentage: "0.0000",
    FallToSpringProjectedGrowth: String(3 + (student % 9)),
    FallToSpringMetProjectedGrowth: at(["Yes", "No", "Yes*", "No*"], student),
    Goal1Name: "Operations, Algebraic Thinking and Patterns",
    Goal1RitScore: String(rit - 4),
    Goal1Range: `${rit - 10}-${rit + 2}`,
    Goal2Name: "Geometry and Measurement",
    Goal2RitScore: String(rit + 3),
    Goal2Range: `${rit - 3}-${rit + 9}`,
  };
}
