import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";

/** A delivery of the closed loop: whose rows go into the demo's Ed-Fi, and by which models. */
interface LoopDelivery {
  readonly connector: string;
  readonly pipeline: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface LoopOptions {
  /** Classwork goes into gradebooks, not into LMSX. */
  readonly gradebook: boolean;
}

/** What is the same of all: the demo's own Ed-Fi takes them, and most sections of the sample are not in it. */
const into = { to: "grand-bend", secret: "sandbox", unmatched_max_share: 1 };

// The sandbox announces Grand Bend as of data standard 4, and the sample's results are of later years than it.
const mapping = { data_standard: 4, into_school_year: 2011 };

/** What goes from the other sources of the demo into its Ed-Fi, as a sources file has it. */
const loopDeliveries: readonly LoopDelivery[] = [
  { connector: "canvas", pipeline: "canvas_lmsx", entry: { id: "classwork", from: "lms", ...into } },
  {
    connector: "canvas",
    pipeline: "canvas_gradebook",
    entry: { id: "gradebook", from: "lms", ...into, mapping: { data_standard: 4 } },
  },
  { connector: "nwea", pipeline: "nwea_edfi", entry: { id: "map-results", from: "map", ...into, mapping } },
  { connector: "forms", pipeline: "forms_surveys", entry: { id: "surveys", from: "forms", ...into, mapping } },
];

/** The pipelines by which the loop goes from these kinds of sources. */
export function loopPipelines(connectors: readonly string[], { gradebook }: LoopOptions): string[] {
  const other = gradebook ? "canvas_lmsx" : "canvas_gradebook";
  return loopDeliveries
    .filter(({ connector, pipeline }) => connectors.includes(connector) && pipeline !== other)
    .map(({ pipeline }) => pipeline);
}

/** The deliveries of these pipelines, as a sources file has them. */
export function loopEntries(pipelines: readonly string[]): Readonly<Record<string, unknown>>[] {
  return loopDeliveries
    .filter(({ pipeline }) => pipelines.includes(pipeline))
    .map(({ pipeline, entry }) => ({ ...entry, pipeline }));
}

/** One kind of record on its way round: where its payloads stand, and what it is called where it comes back. */
interface Circle {
  readonly pipeline: string;
  readonly resource: string;
  readonly payloads: string;
  readonly staging: string;
  readonly mart: string;
  /** Column of the staging table → path in the payload: the natural key. */
  readonly key: Readonly<Record<string, string>>;
  /** Columns that the staging table and the mart have in common. */
  readonly martKey: readonly (readonly [staging: string, mart: string])[];
}

const ofAssessment = {
  namespace: "$.assessmentReference.namespace",
  assessment_identifier: "$.assessmentReference.assessmentIdentifier",
};
const student = { student_unique_id: "$.studentReference.studentUniqueId" };

const circles: readonly Circle[] = [
  {
    pipeline: "nwea_edfi",
    resource: "/ed-fi/assessments",
    payloads: "delivery.nwea_edfi__assessments",
    staging: "staging.stg_edfi__assessments",
    mart: "marts.dim_assessment",
    key: { namespace: "$.namespace", assessment_identifier: "$.assessmentIdentifier" },
    martKey: [["assessment_key", "assessment_key"]],
  },
  {
    pipeline: "nwea_edfi",
    resource: "/ed-fi/objectiveAssessments",
    payloads: "delivery.nwea_edfi__objective_assessments",
    staging: "staging.stg_edfi__objective_assessments",
    mart: "marts.dim_objective_assessment",
    key: { ...ofAssessment, identification_code: "$.identificationCode" },
    martKey: [["objective_assessment_key", "objective_assessment_key"]],
  },
  {
    pipeline: "nwea_edfi",
    resource: "/ed-fi/studentAssessments",
    payloads: "delivery.nwea_edfi__student_assessments",
    staging: "staging.stg_edfi__student_assessments",
    mart: "marts.fct_student_assessment",
    key: { ...ofAssessment, ...student, student_assessment_identifier: "$.studentAssessmentIdentifier" },
    martKey: [["student_assessment_key", "student_assessment_key"]],
  },
  {
    pipeline: "canvas_lmsx",
    resource: "/lmsx/assignments",
    payloads: "delivery.canvas_lmsx__assignments",
    staging: "staging.stg_edfi__lmsx_assignments",
    mart: "marts.dim_assignment",
    key: { namespace: "$.namespace", assignment_identifier: "$.assignmentIdentifier" },
    martKey: [["lmsx_assignment_key", "assignment_key"]],
  },
  {
    pipeline: "canvas_lmsx",
    resource: "/lmsx/assignmentSubmissions",
    payloads: "delivery.canvas_lmsx__assignment_submissions",
    staging: "staging.stg_edfi__lmsx_assignment_submissions",
    mart: "marts.fct_assignment_submission",
    key: {
      namespace: "$.namespace",
      assignment_submission_identifier: "$.assignmentSubmissionIdentifier",
      ...student,
    },
    martKey: [["lmsx_assignment_submission_key", "assignment_submission_key"]],
  },
  {
    pipeline: "canvas_gradebook",
    resource: "/ed-fi/gradebookEntries",
    payloads: "delivery.canvas_gradebook__gradebook_entries",
    staging: "staging.stg_edfi__gradebook_entries",
    mart: "marts.dim_assignment",
    key: { namespace: "$.namespace", gradebook_entry_identifier: "$.gradebookEntryIdentifier" },
    martKey: [["gradebook_entry_key", "assignment_key"]],
  },
  {
    pipeline: "canvas_gradebook",
    resource: "/ed-fi/studentGradebookEntries",
    payloads: "delivery.canvas_gradebook__student_gradebook_entries",
    staging: "staging.stg_edfi__student_gradebook_entries",
    mart: "marts.fct_assignment_submission",
    key: {
      namespace: "$.gradebookEntryReference.namespace",
      gradebook_entry_identifier: "$.gradebookEntryReference.gradebookEntryIdentifier",
      ...student,
    },
    martKey: [["student_gradebook_entry_key", "assignment_submission_key"]],
  },
  {
    pipeline: "forms_surveys",
    resource: "/ed-fi/surveyQuestions",
    payloads: "delivery.forms_surveys__survey_questions",
    staging: "staging.stg_edfi__survey_questions",
    mart: "marts.dim_survey_question",
    key: {
      namespace: "$.surveyReference.namespace",
      survey_identifier: "$.surveyReference.surveyIdentifier",
      question_code: "$.questionCode",
    },
    martKey: [["survey_question_key", "survey_question_key"]],
  },
  {
    pipeline: "forms_surveys",
    resource: "/ed-fi/surveyQuestionResponses",
    payloads: "delivery.forms_surveys__survey_question_responses",
    staging: "staging.stg_edfi__survey_question_responses",
    mart: "marts.fct_survey_response",
    key: {
      namespace: "$.surveyQuestionReference.namespace",
      survey_identifier: "$.surveyQuestionReference.surveyIdentifier",
      question_code: "$.surveyQuestionReference.questionCode",
      survey_response_identifier: "$.surveyResponseReference.surveyResponseIdentifier",
    },
    martKey: [
      ["survey_response_key", "survey_response_key"],
      ["survey_question_key", "survey_question_key"],
    ],
  },
];

function countsOf({ resource, payloads, staging, mart, key, martKey }: Circle): string {
  const equal = Object.entries(key).map(([column, path]) => `back.${column} = json_value(sent.payload, '${path}')`);
  const same = martKey.map(([own, other]) => `found.${other} = back.${own}`);
  // A record may have several rows in a mart.
  const back = `select count(distinct sent.record_key) from ${payloads} as sent join ${staging} as back on ${equal.join(" and ")}`;
  return `select
    '${resource}' as resource,
    (select count(*) from ${payloads}) as payloads,
    (
        select count(distinct record_key)
        from ops.deliveries
        where resource = '${resource}' and status in ('created', 'updated', 'exists')
    ) as delivered,
    (${back}) as read_again,
    (${back} join ${mart} as found on ${same.join(" and ")}) as in_marts`;
}

/** Of each kind of record that these pipelines deliver: how many there are, were taken, were read again, and stand in the marts. */
export async function loopCounts(warehouse: Warehouse, pipelines: readonly string[]): Promise<Row[]> {
  const own = circles.filter(({ pipeline }) => pipelines.includes(pipeline));
  return await warehouse.query(`${own.map(countsOf).join("\nunion all\n")}\norder by resource`);
}
