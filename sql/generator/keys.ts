/**
 * The surrogate keys. A key is the MD5 of the source, the school year (for what belongs to a year) and the natural parts; it is
 * NULL when any part is. Producer and consumer get the same expression, because both get it from here; test/sql compares every
 * occurrence in sql/.
 */
export interface KeyDefinition {
  /** The column is `<name>_key`. */
  readonly name: string;
  /** Whether the ODS's school year is part of the key: next year's student is another row. */
  readonly isYearly: boolean;
  /** Members as the API flattens them. In a list the first that is not null holds (names that differ by data standard). */
  readonly members: readonly (string | readonly string[])[];
}

const section = ["schoolId", "sessionName", "localCourseCode", "sectionIdentifier"];
const assessment = ["namespace", "assessmentIdentifier"];
const survey = ["namespace", "surveyIdentifier"];
// Until data standard 3 an entry is named by title, day and section; from 4 on by identifier and namespace, which then stands for those, too.
const gradebookEntry = [
  ["gradebookEntryIdentifier", "gradebookEntryTitle"],
  ...["dateAssigned", ...section].map((name) => ["namespace", name]),
];

function yearly(name: string, members: KeyDefinition["members"]): KeyDefinition {
  return { name, isYearly: true, members };
}

function lasting(name: string, members: KeyDefinition["members"]): KeyDefinition {
  return { name, isYearly: false, members };
}

/** The keys by the name of the Ed-Fi entity they identify. */
export const keysByEntity: Readonly<Record<string, KeyDefinition>> = {
  student: yearly("student", ["studentUniqueId"]),
  staff: yearly("staff", ["staffUniqueId"]),
  contact: yearly("contact", ["contactUniqueId"]),
  localEducationAgency: lasting("lea", ["localEducationAgencyId"]),
  school: yearly("school", ["schoolId"]),
  calendar: yearly("calendar", ["schoolId", "calendarCode"]),
  calendarDate: yearly("calendar_date", ["schoolId", "calendarCode", "date"]),
  session: yearly("session", ["schoolId", "sessionName"]),
  gradingPeriod: yearly("grading_period", [
    "schoolId",
    "gradingPeriodDescriptor",
    ["gradingPeriodName", "periodSequence"],
  ]),
  classPeriod: yearly("class_period", ["schoolId", "classPeriodName"]),
  location: yearly("location", ["schoolId", "classroomIdentificationCode"]),
  course: yearly("course", ["educationOrganizationId", "courseCode"]),
  courseOffering: yearly("course_offering", ["schoolId", "sessionName", "localCourseCode"]),
  section: yearly("section", section),
  studentSchoolAssociation: yearly("enrollment", ["studentUniqueId", "schoolId", "entryDate"]),
  studentSectionAssociation: yearly("student_section", ["studentUniqueId", ...section, "beginDate"]),
  graduationPlan: yearly("graduation_plan", [
    "educationOrganizationId",
    "graduationPlanTypeDescriptor",
    "graduationSchoolYear",
  ]),
  studentAcademicRecord: yearly("student_academic_record", [
    "studentUniqueId",
    "educationOrganizationId",
    "schoolYear",
    "termDescriptor",
  ]),
  cohort: yearly("cohort", ["educationOrganizationId", "cohortIdentifier"]),
  program: yearly("program", ["educationOrganizationId", "programName", "programTypeDescriptor"]),
  assessment: yearly("assessment", assessment),
  objectiveAssessment: yearly("objective_assessment", [...assessment, "identificationCode"]),
  studentAssessment: yearly("student_assessment", ["studentUniqueId", ...assessment, "studentAssessmentIdentifier"]),
  assignment: yearly("lmsx_assignment", ["namespace", "assignmentIdentifier"]),
  assignmentSubmission: yearly("lmsx_assignment_submission", [
    "namespace",
    "assignmentSubmissionIdentifier",
    "studentUniqueId",
  ]),
  gradebookEntry: yearly("gradebook_entry", gradebookEntry),
  disciplineIncident: yearly("discipline_incident", ["schoolId", "incidentIdentifier"]),
  survey: lasting("survey", survey),
  surveySection: lasting("survey_section", [...survey, "surveySectionTitle"]),
  surveyQuestion: lasting("survey_question", [...survey, "questionCode"]),
  surveyResponse: lasting("survey_response", [...survey, "surveyResponseIdentifier"]),
  surveyQuestionResponse: lasting("survey_question_response", [...survey, "surveyResponseIdentifier", "questionCode"]),
};

/** Keys that follow one thing through all years. */
export const keysAcrossYears: readonly KeyDefinition[] = [
  lasting("student_xyear", ["studentUniqueId"]),
  lasting("staff_xyear", ["staffUniqueId"]),
  lasting("school_xyear", ["schoolId"]),
  lasting("assessment_xyear", assessment),
];

/** What a reference to one entity also identifies. */
export const impliedEntities: Readonly<Record<string, readonly string[]>> = {
  section: ["session"],
  courseOffering: ["session"],
  studentSectionAssociation: ["section", "session"],
  objectiveAssessment: ["assessment"],
  studentAssessment: ["assessment"],
  calendarDate: ["calendar"],
  surveySection: ["survey"],
  surveyQuestion: ["survey"],
  surveyResponse: ["survey"],
};

/**
 * The expression of a key over typed columns.
 * @param parts for each natural part its column, or columns of which the first that is not null holds, in order
 */
export function keyExpression(isYearly: boolean, parts: readonly (readonly string[])[]): string {
  const all = [["source_id"], ...(isYearly ? [["school_year"]] : []), ...parts];
  const lines = all.map((columns, i) => `    ${i === 0 ? "" : "'\\u001f', "}${keyPart(columns)}`);
  return `to_hex(md5(concat(\n${lines.join(",\n")}\n)))`;
}

/** What a line of a key may take up, where the models have it. */
const lineWidth = 95;

function keyPart(columns: readonly string[]): string {
  const texts = columns.map((column) => `cast(${column} as string)`);
  if (texts.length === 1) return `lower(trim(${texts[0]}))`;
  const line = `lower(trim(coalesce(${texts.join(", ")})))`;
  if (line.length <= lineWidth) return line;
  const inside = texts.map((text) => `        ${text}`).join(",\n");
  return `lower(trim(coalesce(\n${inside}\n    )))`;
}
