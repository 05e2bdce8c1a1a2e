import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { profileNames, type SandboxOptions } from "../../sandbox/sandbox.ts";
import { scratchFolder } from "../scratch-folder.ts";
import { folderOf } from "./client.ts";
import { type Discovered, discover } from "./discovered.ts";
import { school } from "./school.ts";

const descriptor = (name: string, codeValue: string) => ({
  id: `d${codeValue}`,
  namespace: `uri://ed-fi.org/${name}`,
  codeValue,
  shortDescription: codeValue,
});
const data = {
  2026: await folderOf({
    ...school,
    "gradeLevelDescriptors.jsonl": [descriptor("GradeLevelDescriptor", "Ninth grade")],
    "studentAssessments.jsonl": [],
    "assessments.jsonl": [{ id: "t1", assessmentIdentifier: "MAP", namespace: "uri://www.nwea.org/map" }],
  }),
};
const all = { create: true, update: true, delete: true };
const options: SandboxOptions = { data, claims: { "*": all } };

const send = async (
  api: Discovered,
  method: string,
  path: string,
  record?: unknown,
  headers: Record<string, string> = {},
) =>
  await api.data(path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(record === undefined ? {} : { body: JSON.stringify(record) }),
  });
const idAt = (location: string | null) => location?.split("/").at(-1) ?? "";

test.each(profileNames)(
  "S10 %s: POST makes a record, and makes the whole of it anew the next time",
  async (profile) => {
    await using api = await discover({ ...options, profile });
    const made = await send(api, "POST", "students", { studentUniqueId: "s9", firstName: "Ida", middleName: "X" });
    expect([made.status, made.text]).toEqual([201, ""]);
    const id = idAt(made.headers.get("location"));
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(made.headers.get("etag")).not.toBeNull();
    const again = await send(api, "POST", "students", { studentUniqueId: "s9", firstName: "Ida", lastSurname: "Berg" });
    expect([again.status, idAt(again.headers.get("location"))]).toEqual([200, id]);
    const { json } = await api.data(`students/${id}`);
    expect(json).toMatchObject({ id, studentUniqueId: "s9", lastSurname: "Berg" });
    expect(json.middleName).toBeUndefined();
    expect(again.headers.get("etag")).toBe(`"${json._etag}"`);
    expect(again.headers.get("etag")).not.toBe(made.headers.get("etag"));
  },
);

test("S10 numbers and texts of a written record keep their characters", async () => {
  await using api = await discover(options);
  const body = '{"studentUniqueId":"s9","note":"\\u00e9 \\"x\\"","size":9007199254740993,"weight":93.50}';
  const made = await api.data("students", { method: "POST", headers: { "content-type": "application/json" }, body });
  const { text } = await api.data(`students/${idAt(made.headers.get("location"))}`);
  expect(text).toContain('"size":9007199254740993,"weight":93.50');
  expect(JSON.parse(text).note).toBe('é "x"');
});

test.each(["ods-7.3", "dms-8"] as const)("S10 %s: an id in a body is refused", async (profile) => {
  await using api = await discover({ ...options, profile });
  const refused = await send(api, "POST", "students", { id: "1".repeat(32), studentUniqueId: "s9" });
  expect([refused.status, refused.json.errors]).toEqual([
    400,
    [
      "Resource identifiers cannot be assigned by the client. The 'id' property should not be included in the request body.",
    ],
  ]);
  expect((await send(api, "POST", "students", { ID: "1", studentUniqueId: "s9" })).status).toBe(
    profile === "dms-8" ? 400 : 201,
  );
});

test.each(["ods-7.3", "dms-8"] as const)(
  "S10 %s: a key that is not whole and a descriptor that is not there are 400",
  async (profile) => {
    await using api = await discover({ ...options, profile });
    const refused = await send(api, "POST", "students", {
      firstName: "Ida",
      gradeLevelDescriptor: "uri://ed-fi.org/GradeLevelDescriptor#Tenth grade",
      levels: [{ entryGradeLevelDescriptor: "uri://ed-fi.org/GradeLevelDescriptor#ninth GRADE" }],
    });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      type: "urn:ed-fi:api:bad-request:data-validation-failed",
      validationErrors: {
        "$.studentUniqueId": ["StudentUniqueId is required."],
        "$.gradeLevelDescriptor": [
          "GradeLevelDescriptor value 'uri://ed-fi.org/GradeLevelDescriptor#Tenth grade' does not exist.",
        ],
      },
    });
  },
);

const result = (scores: readonly string[]) => ({
  studentAssessmentIdentifier: "r1",
  assessmentReference: { assessmentIdentifier: "MAP", namespace: "uri://www.nwea.org/map" },
  studentReference: { studentUniqueId: "s1" },
  scoreResults: scores.map((method) => ({
    assessmentReportingMethodDescriptor: `uri://ed-fi.org/AssessmentReportingMethodDescriptor#${method}`,
    resultDatatypeTypeDescriptor: "uri://ed-fi.org/ResultDatatypeTypeDescriptor#Integer",
    result: "1",
  })),
});

test("S10 an item that stands twice in a collection is 400 with its place", async () => {
  await using api = await discover(options);
  const refused = await send(api, "POST", "studentAssessments", result(["RIT", "RIT", "Percentile"]));
  expect([refused.status, refused.json.validationErrors]).toEqual([
    400,
    {
      "$.scoreResults": [
        "The 2nd item of the StudentAssessmentScoreResults has the same identifying values as another item earlier in the list.",
      ],
    },
  ]);
  expect((await send(api, "POST", "studentAssessments", result(["RIT", "Percentile"]))).status).toBe(201);
});

test.each([
  ["ods-6.1", { message: "The value supplied for the related 'school' resource does not exist." }],
  [
    "ods-7.3",
    {
      type: "urn:ed-fi:api:data-conflict:unresolved-reference",
      detail: "The referenced 'School' item does not exist.",
    },
  ],
] as const)("S10 %s: a reference that leads nowhere is 409", async (profile, body) => {
  await using api = await discover({ ...options, profile });
  const enrollment = {
    entryDate: "2025-08-18",
    schoolReference: { schoolId: 99 },
    studentReference: { studentUniqueId: "s2" },
  };
  const refused = await send(api, "POST", "studentSchoolAssociations", enrollment);
  expect(refused.status).toBe(409);
  expect(refused.json).toMatchObject(body);
  const good = await send(api, "POST", "studentSchoolAssociations", {
    ...enrollment,
    schoolReference: { schoolId: 2 },
  });
  expect(good.status).toBe(201);
});

test("S10 a record that others refer to cannot be deleted before them", async () => {
  await using api = await discover(options);
  const refused = await send(api, "DELETE", "sections/e1");
  expect([refused.status, refused.json.type]).toEqual([409, "urn:ed-fi:api:data-conflict:dependent-item-exists"]);
  for (const path of ["schools/a2", "grades/g1", "studentSectionAssociations/f1", "sections/e1"]) {
    expect((await send(api, "DELETE", path)).status).toBe(204);
  }
  expect((await send(api, "DELETE", "sections/e1")).status).toBe(404);
  expect((await api.data("sections/deletes")).json).toMatchObject([{ id: "e1" }]);
});

test("S10 a student the client has no relationship with is 403, and so is one that does not exist", async () => {
  await using api = await discover({ ...options, educationOrganizations: [1] });
  for (const studentUniqueId of ["s2", "none"]) {
    const refused = await send(api, "POST", "studentAssessments", {
      ...result(["RIT"]),
      studentReference: { studentUniqueId },
    });
    expect([refused.status, refused.json.errors]).toEqual([
      403,
      [
        "No relationships have been established between the caller's education organization id claims (1) and the resource item's 'StudentUniqueId' value. Hint: You may need to create a corresponding 'StudentSchoolAssociation' item.",
      ],
    ]);
  }
  const enrollment = {
    entryDate: "2025-09-01",
    schoolReference: { schoolId: 1 },
    studentReference: { studentUniqueId: "s2" },
  };
  expect((await send(api, "POST", "studentSchoolAssociations", enrollment)).status).toBe(201);
  const accepted = await send(api, "POST", "studentAssessments", {
    ...result(["RIT"]),
    studentReference: { studentUniqueId: "s2" },
  });
  expect(accepted.status).toBe(201);
});

test("S10 of posts of one record at the same time, one makes it and the others find it", async () => {
  await using api = await discover(options);
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => send(api, "POST", "students", { studentUniqueId: "s9", firstName: "Ida" })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ headers }) => headers.get("location"))).size).toBe(1);
  expect((await api.data("students?studentUniqueId=s9")).json).toHaveLength(1);
});

test("S10 a namespace that is not the client's is 403", async () => {
  await using api = await discover({ ...options, namespacePrefixes: ["uri://www.nwea.org"] });
  const subject = { academicSubjectDescriptor: "uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics" };
  const assessment = { assessmentIdentifier: "X", assessmentTitle: "X", academicSubjects: [subject] };
  const refused = await send(api, "POST", "assessments", { ...assessment, namespace: "uri://other.org" });
  expect([refused.status, refused.json.type]).toEqual([
    403,
    "urn:ed-fi:api:security:authorization:namespace:access-denied:namespace-mismatch",
  ]);
  const own = { ...assessment, namespace: "uri://www.nwea.org/x" };
  expect((await send(api, "POST", "assessments", own)).status).toBe(201);
  const code = { codeValue: "RIT", shortDescription: "RIT", namespace: "uri://ed-fi.org/GradeLevelDescriptor" };
  expect((await send(api, "POST", "gradeLevelDescriptors", code)).status).toBe(403);
  const ownCode = { ...code, namespace: "uri://www.nwea.org/GradeLevelDescriptor" };
  expect((await send(api, "POST", "gradeLevelDescriptors", ownCode)).status).toBe(201);
  expect((await api.data("gradeLevelDescriptors")).json).toHaveLength(2);
});

test("S10 PUT writes the whole record, changes a key only where that is allowed, and minds If-Match", async () => {
  await using api = await discover(options);
  const { json: before } = await api.data("students/b1");
  const stale = await send(api, "PUT", "students/b1", { studentUniqueId: "s1" }, { "if-match": '"0"' });
  expect([stale.status, stale.json.type]).toEqual([412, "urn:ed-fi:api:optimistic-lock-failed"]);
  const put = await send(
    api,
    "PUT",
    "students/b1",
    { id: "b1", studentUniqueId: "s1" },
    { "if-match": `"${before._etag}"` },
  );
  expect(put.status).toBe(204);
  expect((await api.data("students/b1")).json.firstName).toBeUndefined();
  const refused = await send(api, "PUT", "students/b1", { studentUniqueId: "s9" });
  expect([refused.status, refused.json.type]).toEqual([400, "urn:ed-fi:api:bad-request:key-change-not-supported"]);
  const { id: _id, _etag, _lastModifiedDate, ...section } = (await api.data("sections/e1")).json;
  expect((await send(api, "PUT", "sections/e1", { ...section, sectionIdentifier: "NEW" })).status).toBe(204);
  expect((await api.data("sections/keyChanges")).json).toMatchObject([{ id: "e1" }]);
  expect((await api.data("studentSectionAssociations?sectionIdentifier=NEW")).json).toHaveLength(1);
});

test("S10 writing is withheld unless it is granted, action by action", async () => {
  await using api = await discover({ data, claims: { students: { update: true } } });
  expect((await send(api, "POST", "students", { studentUniqueId: "s9" })).json.errors[0]).toContain(
    "the 'Create' action",
  );
  expect((await send(api, "POST", "students", { studentUniqueId: "s1" })).status).toBe(200);
  expect((await send(api, "DELETE", "students/b2")).status).toBe(403);
});

test("S10 methods that a path does not have are 405, other media types 415", async () => {
  await using api = await discover(options);
  const method = async (name: string, path: string) => {
    const { status, headers } = await send(api, name, path, {});
    return [status, headers.get("allow")];
  };
  expect(await method("PUT", "students")).toEqual([405, "GET, POST"]);
  expect(await method("POST", "students/b1")).toEqual([405, "GET, PUT, DELETE"]);
  expect(await method("DELETE", "students/deletes")).toEqual([405, "GET"]);
  expect((await send(api, "POST", "students", {}, { "content-type": "text/csv" })).status).toBe(415);
  const broken = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":' };
  expect((await api.data("students", broken)).status).toBe(400);
});

test("S10 what was written is there again after a restart, under the same id", async () => {
  const stateFile = join(scratchFolder("sandbox-test"), "state.jsonl");
  let id = "";
  {
    await using api = await discover({ ...options, stateFile });
    id = idAt((await send(api, "POST", "students", { studentUniqueId: "s9" })).headers.get("location"));
    await send(api, "PUT", "students/b1", { studentUniqueId: "s1", firstName: "New" });
  }
  await using again = await discover({ ...options, stateFile });
  expect((await again.data(`students/${id}`)).json.studentUniqueId).toBe("s9");
  expect((await again.data("students/b1")).json.firstName).toBe("New");
});

test("S10 dms-8: PUT wants the id of the path in the body", async () => {
  await using api = await discover({ ...options, profile: "dms-8" });
  expect((await send(api, "PUT", "students/b1", { studentUniqueId: "s1" })).status).toBe(400);
  expect((await send(api, "PUT", "students/b1", { id: "b2", studentUniqueId: "s1" })).status).toBe(400);
  expect((await send(api, "PUT", "students/b1", { id: "b1", studentUniqueId: "s1" })).status).toBe(204);
});
