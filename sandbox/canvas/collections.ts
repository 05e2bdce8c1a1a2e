import type { JsonObject } from "../json/lossless.ts";
import { rowsWith } from "../records/grouped.ts";
import { idText, textOf } from "../records/ids.ts";
import type { Tables } from "../records/tables.ts";
import type { Listing } from "./paging.ts";
import { badRequest, notFound } from "./replies.ts";

/** What a list is asked for with. */
export interface Asked {
  readonly data: Tables;
  /** The parts of the path that the route leaves open. */
  readonly parts: readonly string[];
  readonly params: URLSearchParams;
}

/** A list that Canvas serves: its path below `/api/v1`, and which records it holds. */
export interface Collection {
  readonly path: RegExp;
  /** What a claim, a fault or a change calls it. */
  readonly resource: string;
  /** The name of the list in the body; the body is the list itself when absent. */
  readonly envelope?: string;
  list(asked: Asked): Listing;
}

/** One of several ways to name a record: its id, or `sis_course_id:` and the id that the school's own system has. */
function named(data: Tables, resource: string, sisName: string, name: string): JsonObject {
  const found = name.startsWith(`${sisName}:`)
    ? data.rows(resource).find((record) => record[sisName] === name.slice(sisName.length + 1))
    : data.find(resource, name);
  if (found === undefined || found.workflow_state === "deleted") {
    throw notFound();
  }
  return found;
}

/** An account with those below it; `self` is the root. */
function accountIds({ data, parts: [name = ""] }: Asked): Set<string> {
  const accounts = data.rows("accounts");
  const root = accounts.find(({ parent_account_id }) => parent_account_id === null);
  const account = name === "self" ? root : named(data, "accounts", "sis_account_id", name);
  const ids = new Set(account === undefined ? [] : [idText(account)]);
  for (let before = 0; before < ids.size; ) {
    before = ids.size;
    for (const child of accounts) {
      if (ids.has(textOf(child.parent_account_id))) {
        ids.add(idText(child));
      }
    }
  }
  return ids;
}

/** Records of a course, which has to be there. */
function ofCourse({ data, parts: [name = ""] }: Asked, resource: string): readonly JsonObject[] {
  const course = idText(named(data, "courses", "sis_course_id", name));
  return rowsWith(data.rows(resource), "course_id", course);
}

function inStates(
  rows: readonly JsonObject[],
  member: string,
  asked: readonly string[],
  usual: (state: string) => boolean,
) {
  return rows.filter((row) => {
    const state = textOf(row[member] ?? "active");
    return asked.length === 0 ? usual(state) : asked.includes(state) || asked.includes("all");
  });
}

const isLeft = (state: string): boolean => state !== "deleted";

function courses(asked: Asked): Listing {
  const { data, params } = asked;
  const accounts = accountIds(asked);
  const term = params.get("enrollment_term_id");
  const terms = new Map(data.rows("terms").map((record) => [idText(record), record]));
  const rows = inStates(data.rows("courses"), "workflow_state", params.getAll("state[]"), isLeft)
    .filter(
      ({ account_id, root_account_id }) => accounts.has(textOf(account_id)) || accounts.has(textOf(root_account_id)),
    )
    .filter(({ enrollment_term_id }) => term === null || textOf(enrollment_term_id) === term);
  const withTerm = params.getAll("include[]").includes("term");
  return {
    by: "number",
    rows: withTerm
      ? rows.map((course) => ({ ...course, term: terms.get(textOf(course.enrollment_term_id)) ?? null }))
      : rows,
  };
}

/** Active and invited ones unless others are asked for: the states of those who left have to be named. */
function enrollments(asked: Asked): Listing {
  const { params } = asked;
  const types = params.getAll("type[]");
  const states = params.getAll("state[]");
  const rows = inStates(ofCourse(asked, "enrollments"), "enrollment_state", states, (state) =>
    ["active", "invited"].includes(state),
  );
  return { by: "bookmark", rows: rows.filter(({ type }) => types.length === 0 || types.includes(textOf(type))) };
}

const explicitStudentsMax = 100;

function timeOf(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name);
  if (text === null) {
    return undefined;
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw badRequest(`Invalid datetime for ${name}`);
  }
  return Date.parse(text);
}

const isAfter = (value: JsonObject[string] | undefined, since: number | undefined): boolean =>
  since === undefined || (typeof value === "string" && Date.parse(value) > since);

/**
 * The submissions of a course. Without `student_ids[]` they are the caller's own, and the caller is no student. Those of assignments that are
 * not published are dropped after the page was cut.
 */
function submissions(asked: Asked): Listing {
  const { params } = asked;
  const students = params.getAll("student_ids[]");
  if (!students.includes("all") && students.length > explicitStudentsMax) {
    throw badRequest("too many students");
  }
  const assignments = new Set(params.getAll("assignment_ids[]"));
  const submittedSince = timeOf(params, "submitted_since");
  const gradedSince = timeOf(params, "graded_since");
  const isPublished = new Map(
    ofCourse(asked, "assignments").map((record) => [idText(record), record.workflow_state === "published"]),
  );
  const rows = ofCourse(asked, "submissions")
    .filter(({ user_id }) => students.includes("all") || students.includes(textOf(user_id)))
    .filter(({ assignment_id }) => assignments.size === 0 || assignments.has(textOf(assignment_id)))
    .filter((row) => isAfter(row.submitted_at, submittedSince) && isAfter(row.graded_at, gradedSince));
  return { by: "bookmark", rows, isVisible: ({ assignment_id }) => isPublished.get(textOf(assignment_id)) ?? false };
}

function ofAssignment(asked: Asked): Listing {
  const [, assignment = ""] = asked.parts;
  if (!ofCourse(asked, "assignments").some((record) => idText(record) === assignment)) {
    throw notFound();
  }
  const rows = ofCourse(asked, "submissions").filter(({ assignment_id }) => textOf(assignment_id) === assignment);
  return { by: "bookmark", rows };
}

function ofQuiz(asked: Asked): Listing {
  const [, quiz = ""] = asked.parts;
  if (!ofCourse(asked, "quizzes").some((record) => idText(record) === quiz)) {
    throw notFound();
  }
  return { by: "number", rows: rowsWith(asked.data.rows("quiz_submissions"), "quiz_id", quiz) };
}

function gradingPeriods(asked: Asked): Listing {
  accountIds(asked);
  return { by: "number", rows: asked.data.rows("grading_periods") };
}

function gradingPeriodsOfCourse({ data, parts: [name = ""] }: Asked): Listing {
  const course = named(data, "courses", "sis_course_id", name);
  const term = textOf(course.enrollment_term_id);
  return {
    by: "number",
    rows: data.rows("grading_periods").filter(({ enrollment_term_id }) => textOf(enrollment_term_id) === term),
  };
}

function subAccounts(asked: Asked): Listing {
  const ids = accountIds(asked);
  const [own] = ids;
  const all = asked.params.get("recursive") === "true";
  const isBelow = (record: JsonObject) =>
    all ? ids.has(idText(record)) && idText(record) !== own : textOf(record.parent_account_id) === own;
  return { by: "number", rows: asked.data.rows("accounts").filter(isBelow) };
}

function terms(asked: Asked): Listing {
  accountIds(asked);
  const states = asked.params.getAll("workflow_state[]");
  return {
    by: "number",
    rows: inStates(asked.data.rows("terms"), "workflow_state", states, (state) => state === "active"),
  };
}

function users(asked: Asked): Listing {
  accountIds(asked);
  return { by: "bookmark", rows: asked.data.rows("users") };
}

const plain =
  (resource: string) =>
  (asked: Asked): Listing => ({
    by: "number",
    rows: ofCourse(asked, resource).filter(({ workflow_state }) => workflow_state !== "deleted"),
  });

/** The lists that Canvas serves. */
export const collections: readonly Collection[] = [
  {
    path: /^\/accounts$/,
    resource: "accounts",
    list: ({ data }) => ({
      by: "number",
      rows: data.rows("accounts").filter(({ parent_account_id }) => parent_account_id === null),
    }),
  },
  { path: /^\/accounts\/([^/]+)\/sub_accounts$/, resource: "accounts", list: subAccounts },
  { path: /^\/accounts\/([^/]+)\/terms$/, resource: "terms", envelope: "enrollment_terms", list: terms },
  { path: /^\/accounts\/([^/]+)\/courses$/, resource: "courses", list: courses },
  { path: /^\/accounts\/([^/]+)\/users$/, resource: "users", list: users },
  {
    path: /^\/accounts\/([^/]+)\/grading_periods$/,
    resource: "grading_periods",
    envelope: "grading_periods",
    list: gradingPeriods,
  },
  { path: /^\/courses\/([^/]+)\/sections$/, resource: "sections", list: plain("sections") },
  { path: /^\/courses\/([^/]+)\/enrollments$/, resource: "enrollments", list: enrollments },
  { path: /^\/courses\/([^/]+)\/assignments$/, resource: "assignments", list: plain("assignments") },
  { path: /^\/courses\/([^/]+)\/students\/submissions$/, resource: "submissions", list: submissions },
  { path: /^\/courses\/([^/]+)\/assignments\/([^/]+)\/submissions$/, resource: "submissions", list: ofAssignment },
  { path: /^\/courses\/([^/]+)\/quizzes$/, resource: "quizzes", list: plain("quizzes") },
  {
    path: /^\/courses\/([^/]+)\/quizzes\/([^/]+)\/submissions$/,
    resource: "quiz_submissions",
    envelope: "quiz_submissions",
    list: ofQuiz,
  },
  {
    path: /^\/courses\/([^/]+)\/grading_periods$/,
    resource: "grading_periods",
    envelope: "grading_periods",
    list: gradingPeriodsOfCourse,
  },
  { path: /^\/courses\/([^/]+)\/modules$/, resource: "modules", list: plain("modules") },
];

/** One record by its id. */
export const singles: readonly { readonly path: RegExp; readonly resource: string; readonly sis: string }[] = [
  { path: /^\/accounts\/([^/]+)$/, resource: "accounts", sis: "sis_account_id" },
  { path: /^\/courses\/([^/]+)$/, resource: "courses", sis: "sis_course_id" },
  { path: /^\/users\/([^/]+)$/, resource: "users", sis: "sis_user_id" },
  { path: /^\/sections\/([^/]+)$/, resource: "sections", sis: "sis_section_id" },
];

/** A record by its path's last part; `self` is the root account. */
export function single(data: Tables, resource: string, sis: string, name: string): JsonObject {
  const isRoot = resource === "accounts" && name === "self";
  const root = data.rows("accounts").find(({ parent_account_id }) => parent_account_id === null);
  return isRoot && root !== undefined ? root : named(data, resource, sis, name);
}
