/**
 * What differs between data standards beyond a member's name: the same fact in another place or shape. Names that differ inside one
 * place (gradingPeriodName and periodSequence, parent and contact) are columns of the union already.
 */
const paths: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // One subject until data standard 4, a list from 5.
  courses: { academic_subject: ["$.academicSubjects[0].academicSubjectDescriptor"] },
  // A list until data standard 5, one subject from 6.
  assessments: { academic_subject: ["$.academicSubjects[0].academicSubjectDescriptor"] },
  // One parent until data standard 5, a list from 6.
  objective_assessments: {
    parent_identification_code: [
      "$.parentObjectiveAssessments[0].parentObjectiveAssessmentReference.identificationCode",
    ],
  },
  // Renamed in data standard 6.
  student_special_education_program_associations: {
    iep_last_evaluation_date: ["$.lastEvaluationDate"],
    iep_last_review_date: ["$.iepReviewDate"],
  },
};

/** More JSON paths under which a column may be found. */
export function alternativePaths(endpoint: string, column: string): readonly string[] {
  return paths[endpoint]?.[column] ?? [];
}

interface Replaced {
  readonly expressions: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
}

const listOfPeriod = [
  "coalesce(",
  "    json_query(data, '$.periods'),",
  "    if(",
  "        json_query(data, '$.period') is null,",
  "        null,",
  "        parse_json(concat('[', to_json_string(json_query(data, '$.period')), ']'))",
  "    )",
  ")",
].join("\n");

const replaced: Readonly<Record<string, Replaced>> = {
  // One period in data standard 3, a list from 4; the column is always the list.
  assessments: { expressions: { periods: listOfPeriod }, dropped: ["period"] },
  // The older names of data standards 3 to 5 are further paths of the newer ones.
  student_special_education_program_associations: {
    expressions: {},
    dropped: ["last_evaluation_date", "iep_review_date"],
  },
};

/** Columns whose expression is not that of a member. */
export function replacedColumns(endpoint: string): Replaced {
  return replaced[endpoint] ?? { expressions: {}, dropped: [] };
}
