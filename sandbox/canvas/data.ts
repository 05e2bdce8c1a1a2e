import { isObject, type JsonObject } from "../json/lossless.ts";
import { idText, textOf } from "../records/ids.ts";
import { readLines } from "../records/lines.ts";

/** How many of the sample's sections and students are given the SIS ids of Grand Bend; the others stay unmatched. */
const matched = { sections: 40, students: 560 };
const grandBendFirstStudent = 604_821;

const sample = (name: string) => readLines(`canvas/${name}.jsonl.gz`);

// The sample has no sis_user_id. Grand Bend's students are numbered without a gap.
function withSisUser(users: readonly JsonObject[], students: ReadonlySet<string>): JsonObject[] {
  let given = 0;
  return users.map((user) => {
    const isMatched = students.has(idText(user)) && given < matched.students;
    const sisId = isMatched ? String(grandBendFirstStudent + given) : null;
    given += isMatched ? 1 : 0;
    return { ...user, sis_user_id: sisId };
  });
}

function sections(): JsonObject[] {
  const identifiers = readLines("edfi/grandbend/sections.jsonl.gz")
    .slice(0, matched.sections)
    .map(({ sectionIdentifier }) => textOf(sectionIdentifier));
  return sample("sections").map((section, index) => ({
    ...section,
    sis_section_id: identifiers[index] ?? section.sis_section_id ?? null,
  }));
}

// The sample has none: each term is cut into two halves.
function gradingPeriods(): JsonObject[] {
  return sample("terms").flatMap((term) => {
    const [start, end] = [Date.parse(textOf(term.start_at)), Date.parse(textOf(term.end_at))];
    const middle = new Date(Math.floor((start + end) / 2 / 86_400_000) * 86_400_000);
    const halves = [
      { start_date: new Date(start), end_date: middle },
      { start_date: middle, end_date: new Date(end) },
    ];
    return halves.map((half, index) => ({
      id: Number(idText(term)) * 10 + index + 1,
      title: `${textOf(term.name)}, part ${index + 1}`,
      start_date: zulu(half.start_date),
      end_date: zulu(half.end_date),
      close_date: zulu(half.end_date),
      weight: 50,
      is_closed: false,
      enrollment_term_id: term.id ?? null,
    }));
  });
}

const zulu = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

/** The sample's records by resource, each read when it is first asked for. What is added to them is told in `sandbox/data/README.md`. */
export function canvasSample(): Record<string, () => readonly JsonObject[]> {
  const students = () =>
    new Set(
      sample("enrollments")
        .filter(({ type }) => type === "StudentEnrollment")
        .map(({ user_id }) => textOf(user_id)),
    );
  let users: JsonObject[] | undefined;
  const allUsers = () => {
    users ??= withSisUser(sample("users"), students());
    return users;
  };
  const enrollments = () => {
    const sisIds = new Map(allUsers().map((user) => [idText(user), user.sis_user_id ?? null]));
    return sample("enrollments").map((enrollment) => ({
      ...enrollment,
      user: {
        ...(isObject(enrollment.user) ? enrollment.user : {}),
        sis_user_id: sisIds.get(textOf(enrollment.user_id)) ?? null,
      },
    }));
  };
  return {
    accounts: () => sample("accounts"),
    terms: () => sample("terms"),
    grading_periods: gradingPeriods,
    courses: () => sample("courses"),
    sections,
    users: allUsers,
    enrollments,
    assignments: () => sample("assignments"),
    submissions: () => sample("submissions"),
    quizzes: () => sample("quizzes"),
    quiz_submissions: () => sample("quiz_submissions"),
    modules: () => sample("modules"),
  };
}
