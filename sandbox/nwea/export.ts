import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { JsonObject } from "../json/lossless.ts";
import { textOf } from "../records/ids.ts";
import { readLines } from "../records/lines.ts";
import { csvFile, type Layout } from "./csv.ts";
import { madeUpResult, type Result } from "./results.ts";

/** What an export of the district holds. */
export interface ExportParts {
  readonly columns: readonly string[];
  readonly results: readonly Result[];
  /** Results that are made up while the file is read, beside the others: any number. */
  readonly madeUpResults: number;
  readonly layout: Layout;
}

const term = ["TermName", "DistrictName", "District_StateID", "SchoolName", "School_StateID"];
const rosterColumns = [
  ...term,
  ...["StudentLastName", "StudentFirstName", "StudentMI", "StudentID", "Student_StateID", "StudentDateOfBirth"],
  ...["StudentEthnicGroup", "NWEAStandard_EthnicGroup", "StudentGender", "Grade", "NWEAStandard_Grade"],
];
const classColumns = [
  ...term,
  ...["StudentID", "Student_StateID", "ClassName", "TeacherName", "TeacherID", "Teacher_StateID"],
];

/** The first result of each student, school and term: who is on the rosters. */
function tested(results: readonly Result[]): Result[] {
  const seen = new Map<string, Result>();
  for (const result of results) {
    const key = [result.StudentID, result.School_StateID, result.TermName].join();
    seen.set(key, seen.get(key) ?? result);
  }
  return [...seen.values()];
}

const usDate = (date: string): string => date.replace(/^(\d+)-(\d+)-(\d+)$/, "$2/$3/$1");

/** The students of the results, with the names that Grand Bend's Ed-Fi data have for them. */
export function roster(results: readonly Result[]): Result[] {
  const students = new Map(
    readLines("edfi/grandbend/students.jsonl.gz").map((student): [string, JsonObject] => [
      textOf(student.studentUniqueId),
      student,
    ]),
  );
  return tested(results).map((result) => {
    const student = students.get(result.Student_StateID ?? "");
    return {
      ...result,
      StudentLastName: textOf(student?.lastSurname),
      StudentFirstName: textOf(student?.firstName),
      StudentMI: textOf(student?.middleName).slice(0, 1),
      StudentDateOfBirth: usDate(textOf(student?.birthDate)),
      Grade: "9",
      NWEAStandard_Grade: "9",
    };
  });
}

function classes(results: readonly Result[]): Result[] {
  return tested(results).map((result) => ({
    ...result,
    ClassName: `${result.Course}, first hour`,
    TeacherName: "Sample Teacher",
    TeacherID: "207230",
    Teacher_StateID: "207230",
  }));
}

function* allResults({ results, madeUpResults }: ExportParts): Generator<Result> {
  yield* results;
  for (let index = 0; index < madeUpResults; index += 1) {
    yield madeUpResult(index);
  }
}

/** Above so many bytes the zip needs long sizes, which have to be chosen before the first is known. A made-up line has about 900. */
const longSizesFrom = 3_000_000;

/** The zip of an export of kind "Comprehensive", made while it is read. */
export function districtExport(parts: ExportParts): AsyncIterable<Buffer> {
  const { columns, results, madeUpResults, layout } = parts;
  const zip = new ZipFile();
  const forceZip64Format = madeUpResults > longSizesFrom;
  const add = (name: string, content: Iterable<Buffer>): void =>
    zip.addReadStream(Readable.from(content, { objectMode: false }), name, { compressionLevel: 1, forceZip64Format });
  add("AssessmentResults.csv", csvFile(columns, allResults(parts), layout));
  add("StudentsBySchool.csv", csvFile(rosterColumns, roster(results), layout));
  add("ClassAssignments.csv", csvFile(classColumns, classes(results), layout));
  zip.end();
  return bytesOf(zip.outputStream);
}

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    yield Buffer.from(chunk);
  }
}
