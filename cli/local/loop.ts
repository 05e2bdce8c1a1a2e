import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";

/** A delivery of the closed loop: whose rows go into the demo's Ed-Fi, and by which models. */
interface LoopDelivery {
  readonly connector: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** What is the same of all: the demo's own Ed-Fi takes them, and most sections of the sample are not in it. */
const into = { to: "grand-bend", secret: "sandbox", unmatched_max_share: 1 };

/** What goes from the other sources of the demo into its Ed-Fi, as a sources file has it. */
export const loopDeliveries: readonly LoopDelivery[] = [
  { connector: "canvas", entry: { id: "classwork", pipeline: "canvas_lmsx", from: "lms", ...into } },
  {
    connector: "nwea",
    entry: {
      id: "map-results",
      pipeline: "nwea_edfi",
      from: "map",
      ...into,
      // The sandbox announces Grand Bend as of data standard 4, and the sample's results are of later years than it.
      mapping: { data_standard: 4, into_school_year: 2011 },
    },
  },
  {
    connector: "forms",
    entry: {
      id: "surveys",
      pipeline: "forms_surveys",
      from: "forms",
      ...into,
      mapping: { data_standard: 4, into_school_year: 2011 },
    },
  },
];

/** One kind of record on its way round: where its payloads stand, and what it is called where it comes back. */
interface Circle {
  readonly connector: string;
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
    connector: "nwea",
    resource: "/ed-fi/assessments",
    payloads: "delivery.nwea_edfi__assessments",
    staging: "staging.stg_edfi__assessments",
    mart: "marts.dim_assessment",
    key: { namespace: "$.namespace", assessment_identifier: "$.assessmentIdentifier" },
    martKey: [["assessment_key", "assessment_key"]],
  },
  {
    connector: "nwea",
    resource: "/ed-fi/objectiveAssessments",
    payloads: "delivery.nwea_edfi__objective_assessments",
    staging: "staging.stg_edfi__objective_assessments",
    mart: "marts.dim_objective_assessment",
    key: { ...ofAssessment, identification_code: "$.identificationCode" },
    martKey: [["objective_assessment_key", "objective_assessment_key"]],
  },
  {
    connector: "nwea",
    resource: "/ed-fi/studentAssessments",
    payloads: "delivery.nwea_edfi__student_assessments",
    staging: "staging.stg_edfi__student_assessments",
    mart: "marts.fct_student_assessment",
    key: { ...ofAssessment, ...student, student_assessment_identifier: "$.studentAssessmentIdentifier" },
    martKey: [["student_assessment_key", "student_assessment_key"]],
  },
  {
    connector: "canvas",
    resource: "/lmsx/assignments",
    payloads: "delivery.canvas_lmsx__assignments",
    staging: "staging.stg_edfi__lmsx_assignments",
    mart: "marts.dim_assignment",
    key: { namespace: "$.namespace", assignment_identifier: "$.assignmentIdentifier" },
    martKey: [["lmsx_assignment_key", "assignment_key"]],
  },
  {
    connector: "canvas",
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
    connector: "forms",
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
    connector: "forms",
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

/** Of each kind of record that these sources deliver: how many there are, were taken, were read again, and stand in the marts. */
export async function loopCounts(warehouse: Warehouse, connectors: readonly string[]): Promise<Row[]> {
  const own = circles.filter(({ connector }) => connectors.includes(connector));
  return await warehouse.query(`${own.map(countsOf).join("\nunion all\n")}\norder by resource`);
}
