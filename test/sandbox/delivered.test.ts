import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { profileNames, type SandboxOptions } from "../../sandbox/sandbox.ts";
import { folderOf } from "./client.ts";
import { type Discovered, discover } from "./discovered.ts";
import { school } from "./school.ts";

const data = { 2026: await folderOf(school) };
const writable: SandboxOptions = { data, claims: { "*": { create: true, update: true, delete: true } } };
const withLmsx: SandboxOptions = { ...writable, lmsx: true };

const post = async (api: Discovered, path: string, record: unknown) =>
  await api.data(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(record),
  });
const lmsx = (api: Discovered, resource: string, record: unknown) => post(api, `../lmsx/${resource}`, record);

const canvas = "uri://canvas.instructure.com";
const codes = {
  category: "uri://ed-fi.org/edfilms/AssignmentCategoryDescriptor/Canvas",
  source: "uri://ed-fi.org/edfilms/LMSSourceSystem",
  status: "uri://ed-fi.org/edfilms/SubmissionStatusDescriptor/Canvas",
  type: "uri://ed-fi.org/edfilms/SubmissionTypeDescriptor/Canvas",
};
const section = {
  localCourseCode: "ALG-1",
  schoolId: 1,
  schoolYear: 2026,
  sessionName: "Fall",
  sectionIdentifier: "ALG-1-01",
};
const assignment = {
  assignmentIdentifier: "7001-88231",
  namespace: canvas,
  title: "Quiz 3",
  sectionIdentifier: "ALG-1-01",
  lmsSourceSystemDescriptor: `${codes.source}#Canvas`,
  assignmentCategoryDescriptor: `${codes.category}#Assignment`,
  dueDateTime: "2025-10-08T23:59:59Z",
  maxPoints: 13,
  submissionTypes: [{ submissionTypeDescriptor: `${codes.type}#online_quiz` }],
  sectionReference: section,
};
const submission = {
  assignmentSubmissionIdentifier: "901",
  namespace: canvas,
  assignmentReference: { assignmentIdentifier: "7001-88231", namespace: canvas },
  studentReference: { studentUniqueId: "s1" },
  submissionStatusDescriptor: `${codes.status}#graded`,
  earnedPoints: 11,
  grade: "11",
};

async function codesOf(api: Discovered): Promise<void> {
  const lists = [
    ["assignmentCategoryDescriptors", codes.category, "Assignment"],
    ["lmsSourceSystemDescriptors", codes.source, "Canvas"],
    ["submissionStatusDescriptors", codes.status, "graded"],
    ["submissionTypeDescriptors", codes.type, "online_quiz"],
  ] as const;
  for (const [resource, namespace, codeValue] of lists) {
    const made = await lmsx(api, resource, { namespace, codeValue, shortDescription: codeValue });
    expect(made.status).toBe(201);
  }
}

test("members.json is what the OpenAPI documents say", () => {
  const generator = join(import.meta.dirname, "../../sandbox/edfi/generate-members.ts");
  const { status, stderr } = spawnSync(process.execPath, [generator, "--check"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
}, 60_000);

test.each(profileNames)(
  "S10 %s: the LMSX extension is told of, and takes what refers to what is there",
  async (profile) => {
    await using api = await discover({ ...withLmsx, profile });
    expect(api.document.dataModels).toMatchObject([{ name: "Ed-Fi" }, { name: "LMSX" }]);
    expect((await lmsx(api, "assignments", assignment)).status).toBe(400);
    await codesOf(api);
    expect((await lmsx(api, "assignmentSubmissions", submission)).status).toBe(409);
    const statuses: number[] = [];
    for (const [resource, record] of [
      ["assignments", assignment],
      ["assignmentSubmissions", submission],
      ["assignmentSubmissions", submission],
      ["assignmentSubmissions", { ...submission, grade: "12" }],
    ] as const) {
      statuses.push((await lmsx(api, resource, record)).status);
    }
    expect(statuses).toEqual([201, 201, 200, 200]);
    const { json } = await api.data("../lmsx/assignmentSubmissions");
    expect(json).toMatchObject([{ grade: "12", earnedPoints: 11 }]);
    expect((await api.data("assignments")).status).toBe(404);
  },
);

test("S10 without the extension nothing of it is there", async () => {
  await using api = await discover(writable);
  expect(api.document.dataModels).toHaveLength(1);
  expect((await lmsx(api, "assignments", assignment)).status).toBe(404);
});

test("S10 what is written to the extension is in its changes, its dependencies and its description", async () => {
  await using api = await discover(withLmsx);
  const { json: before } = await api.changes("availableChangeVersions");
  await codesOf(api);
  await lmsx(api, "assignments", assignment);
  const window = `minChangeVersion=${before.newestChangeVersion + 1}`;
  expect((await api.data(`../lmsx/assignments?${window}`)).json).toMatchObject([assignment]);
  const id = (await api.data("../lmsx/assignments")).json[0].id;
  expect((await api.data(`../lmsx/assignments/${id}`, { method: "DELETE" })).status).toBe(204);
  expect((await api.data("../lmsx/assignments/deletes")).json).toMatchObject([
    { id, keyValues: { assignmentIdentifier: "7001-88231", namespace: canvas } },
  ]);
  const { json: order } = await api.get(api.document.urls.dependencies);
  const place = (resource: string) =>
    order.find((line: { resource: string }) => line.resource === resource)?.order as number;
  expect(place("/lmsx/assignments")).toBeGreaterThan(place("/ed-fi/sections"));
  expect(place("/lmsx/assignmentSubmissions")).toBeGreaterThan(place("/lmsx/assignments"));
  const [{ endpointUri }] = (await api.get(api.document.urls.openApiMetadata)).json;
  const { json: openApi } = await api.get(endpointUri);
  expect(openApi.paths["/lmsx/assignments"]).toBeDefined();
  expect(openApi.components.schemas.lmsx_assignment).toMatchObject({
    required: expect.arrayContaining(["title", "sectionIdentifier"]),
    properties: { maxPoints: { type: "integer", format: "int32" }, title: { maxLength: 255 } },
  });
});

test.each([
  ["points with a fraction", { maxPoints: 12.5 }, "$.maxPoints", "Input string '12.5' is not a valid integer."],
  [
    "points beyond 32 bits",
    { maxPoints: 3_000_000_000 },
    "$.maxPoints",
    "JSON integer 3000000000 is too large or small for an Int32.",
  ],
  [
    "a key that is too long",
    { assignmentIdentifier: "x".repeat(256) },
    "$.assignmentIdentifier",
    "The field AssignmentIdentifier must be a string with a maximum length of 255.",
  ],
  [
    "a key with blanks around it",
    { assignmentIdentifier: " 1" },
    "$.assignmentIdentifier",
    "AssignmentIdentifier cannot contain leading or trailing spaces.",
  ],
  ["no title", { title: "" }, "$.title", "Title is required."],
  ["a time that is none", { dueDateTime: "soon" }, "$.dueDateTime", "DueDateTime is not a valid date and time."],
  [
    "a way of handing in twice",
    { submissionTypes: [...assignment.submissionTypes, ...assignment.submissionTypes] },
    "$.submissionTypes",
    "The 2nd item of the AssignmentSubmissionTypes has the same identifying values as another item earlier in the list.",
  ],
  [
    "two sections",
    { sectionIdentifier: "ALG-1-02" },
    "$.sectionIdentifier",
    "All values supplied for 'sectionIdentifier' must match. Review all references and align the following conflicting values: 'ALG-1-02', 'ALG-1-01'",
  ],
  [
    "a code that is not there",
    { lmsSourceSystemDescriptor: `${codes.source}#Moodle` },
    "$.lmsSourceSystemDescriptor",
    `LmsSourceSystemDescriptor value '${codes.source}#Moodle' does not exist.`,
  ],
])("S10 an assignment with %s is 400", async (_name, change, path, message) => {
  await using api = await discover(withLmsx);
  await codesOf(api);
  const refused = await lmsx(api, "assignments", { ...assignment, ...change });
  expect([refused.status, refused.json.validationErrors]).toEqual([400, { [path]: [message] }]);
});

test("S10 a submission under another namespace than its assignment's is 400", async () => {
  await using api = await discover(withLmsx);
  await codesOf(api);
  await lmsx(api, "assignments", assignment);
  const refused = await lmsx(api, "assignmentSubmissions", { ...submission, namespace: "uri://other" });
  expect([refused.status, Object.keys(refused.json.validationErrors)]).toEqual([400, ["$.namespace"]]);
});

test("S10 members that a resource does not have are overlooked, and lost", async () => {
  await using api = await discover(withLmsx);
  await codesOf(api);
  const types = [{ ...assignment.submissionTypes[0], colour: "red" }];
  await lmsx(api, "assignments", { ...assignment, maxPoint: 1, submissionTypes: types });
  const { json } = await api.data("../lmsx/assignments");
  expect(json[0].maxPoint).toBeUndefined();
  expect(json[0].submissionTypes).toEqual(assignment.submissionTypes);
});

const subject = { academicSubjectDescriptor: "uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics" };
const map = { assessmentIdentifier: "MAP", namespace: "uri://www.nwea.org/map" };
const rit = {
  assessmentReportingMethodDescriptor: "uri://www.nwea.org/map/AssessmentReportingMethodDescriptor#RIT",
  resultDatatypeTypeDescriptor: "uri://ed-fi.org/ResultDatatypeTypeDescriptor#Integer",
};
const taken = {
  studentAssessmentIdentifier: "r1",
  assessmentReference: map,
  studentReference: { studentUniqueId: "s1" },
  scoreResults: [{ ...rit, result: "226" }],
  studentObjectiveAssessments: [
    {
      objectiveAssessmentReference: { ...map, identificationCode: "OPS" },
      scoreResults: [{ ...rit, result: "229" }],
    },
  ],
};
const forAssessments: SandboxOptions = {
  ...writable,
  empty: ["assessments", "objectiveAssessments", "studentAssessments", "assessmentReportingMethodDescriptors"],
};

test("S10 assessments are taken in the order of their references, each way of scoring once", async () => {
  await using api = await discover({ ...forAssessments, dataStandard: 5 });
  const assessment = { ...map, assessmentTitle: "MAP Growth", academicSubjects: [subject], scores: [rit] };
  const objective = { identificationCode: "OPS", assessmentReference: map };
  expect((await post(api, "assessments", assessment)).json.validationErrors).toEqual({
    "$.scores[0].assessmentReportingMethodDescriptor": [
      `AssessmentReportingMethodDescriptor value '${rit.assessmentReportingMethodDescriptor}' does not exist.`,
    ],
  });
  const [namespace, codeValue] = rit.assessmentReportingMethodDescriptor.split("#");
  const statuses: number[] = [];
  for (const [path, record] of [
    ["assessmentReportingMethodDescriptors", { namespace, codeValue, shortDescription: "RIT" }],
    ["studentAssessments", taken],
    ["assessments", assessment],
    ["studentAssessments", taken],
    ["objectiveAssessments", objective],
    ["studentAssessments", taken],
  ] as const) {
    statuses.push((await post(api, path, record)).status);
  }
  expect(statuses).toEqual([201, 409, 201, 409, 201, 201]);
  const [first] = taken.studentObjectiveAssessments;
  const twice = { ...first, scoreResults: [...(first?.scoreResults ?? []), { ...rit, result: "1" }] };
  const refused = await post(api, "studentAssessments", { ...taken, studentObjectiveAssessments: [twice] });
  expect(Object.keys(refused.json.validationErrors)).toEqual(["$.studentObjectiveAssessments[0].scoreResults"]);
});

test.each([
  [3, "$.administrationDate"],
  [6, "$.schoolYearTypeReference"],
])("S10 data standard %s demands %s of a result", async (dataStandard, path) => {
  await using api = await discover({
    ...forAssessments,
    profile: dataStandard === 3 ? "ods-5.3" : "ods-7.3",
    dataStandard,
  });
  const { studentReference, assessmentReference, studentAssessmentIdentifier } = taken;
  const refused = await post(api, "studentAssessments", {
    studentReference,
    assessmentReference,
    studentAssessmentIdentifier,
  });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain(path.slice(2, 3).toUpperCase() + path.slice(3));
});

test("S10 a survey is taken with its questions, its responses and what was said", async () => {
  const empty = ["surveys", "surveyQuestions", "surveyResponses", "surveyQuestionResponses", "schoolYearTypes"];
  await using api = await discover({ ...writable, empty, dataStandard: 5 });
  const survey = { namespace: "uri://forms.google.com", surveyIdentifier: "F1" };
  const response = { surveyReference: survey, surveyResponseIdentifier: "R1", responseDate: "2025-10-20" };
  const question = {
    surveyReference: survey,
    questionCode: "Q1",
    questionText: "How?",
    questionFormDescriptor: "uri://ed-fi.org/QuestionFormDescriptor#Textbox",
  };
  const answer = {
    surveyQuestionReference: { ...survey, questionCode: "Q1" },
    surveyResponseReference: { ...survey, surveyResponseIdentifier: "R1" },
    values: [{ surveyQuestionResponseValueIdentifier: 1, textResponse: "So." }],
  };
  const statuses: number[] = [];
  for (const [path, record] of [
    ["surveys", { ...survey, surveyTitle: "Climate", schoolYearTypeReference: { schoolYear: 2026 } }],
    ["schoolYearTypes", { schoolYear: 2026 }],
    ["surveys", { ...survey, surveyTitle: "Climate", schoolYearTypeReference: { schoolYear: 2026 } }],
    ["surveyResponses", { ...response, responseDate: "2025-10-20T10:00:00Z" }],
    ["surveyResponses", response],
    ["surveyQuestions", question],
    ["surveyQuestionResponses", answer],
    [
      "surveyQuestionResponses",
      { ...answer, surveyResponseReference: { ...answer.surveyResponseReference, surveyIdentifier: "F2" } },
    ],
  ] as const) {
    statuses.push((await post(api, path, record)).status);
  }
  expect(statuses).toEqual([409, 201, 201, 400, 201, 201, 201, 400]);
});

test("S10 gradebook entries of data standard 4 and later have half points and no section, if need be", async () => {
  const empty = ["gradebookEntries", "studentGradebookEntries"];
  await using api = await discover({ ...writable, empty, dataStandard: 5 });
  const entry = {
    gradebookEntryIdentifier: "7001-88231",
    namespace: canvas,
    sourceSectionIdentifier: "7001",
    title: "Quiz 3",
    dateAssigned: "2025-10-01",
    maxPoints: 12.5,
  };
  const own = {
    gradebookEntryReference: { gradebookEntryIdentifier: "7001-88231", namespace: canvas },
    studentReference: { studentUniqueId: "s1" },
    pointsEarned: 11.5,
  };
  expect((await post(api, "studentGradebookEntries", own)).status).toBe(409);
  expect((await post(api, "gradebookEntries", { ...entry, title: "x".repeat(101) })).status).toBe(400);
  expect((await post(api, "gradebookEntries", entry)).status).toBe(201);
  expect((await post(api, "studentGradebookEntries", own)).status).toBe(201);
  expect((await api.data("gradebookEntries")).json).toMatchObject([{ maxPoints: 12.5 }]);
});
