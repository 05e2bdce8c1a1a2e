import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { ChangeInput } from "../../sandbox/sandbox.ts";
import { scratchFolder } from "../scratch-folder.ts";
import { at, connect, folderOf } from "./client.ts";
import { schoolFolder, schoolRows } from "./school.ts";

const data = { 2026: schoolFolder };
const first = schoolRows + 1;
const newest = "/changeQueries/v1/availableChangeVersions";

test("An insert comes last, with an id, an ETag, a time and the next change version", async () => {
  await using api = await connect({ data });
  const { status, json } = await api.post("/sandbox/changes", [
    { op: "insert", resource: "students", record: { studentUniqueId: "s3", firstName: "Ida" } },
  ]);
  expect(status).toBe(200);
  expect(json.changes).toEqual([
    {
      op: "insert",
      year: 2026,
      resource: "students",
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      changeVersion: first,
    },
  ]);
  const rows = (await api.get(at("students"))).json;
  expect(rows[2]).toEqual({
    id: json.changes[0].id,
    studentUniqueId: "s3",
    firstName: "Ida",
    _etag: expect.stringMatching(/^5\d{18}$/),
    _lastModifiedDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
  });
  expect((await api.get(`${at("students")}?minChangeVersion=${first}`)).json).toEqual([rows[2]]);
  expect((await api.get(newest)).json.newestChangeVersion).toBe(first);
});

test("An update changes what it names, moves the record's version and leaves its place and its id", async () => {
  await using api = await connect({ data });
  await api.post("/sandbox/changes", [
    {
      op: "update",
      resource: "students",
      key: { studentUniqueId: "s1" },
      set: { firstName: "Maria", middleName: "X" },
    },
  ]);
  const rows = (await api.get(at("students"))).json;
  expect(rows[0]).toMatchObject({ id: "b1", firstName: "Maria", middleName: "X" });
  expect(rows[0]._etag).not.toBe("1");
  const inWindow = async (min: number, max: number) =>
    (await api.get(`${at("students")}?minChangeVersion=${min}&maxChangeVersion=${max}`)).json.map(
      (row: { id: string }) => row.id,
    );
  expect(await inWindow(0, first - 1)).toEqual(["b2"]);
  expect(await inWindow(first, first)).toEqual(["b1"]);
});

test("What an update does not touch keeps its characters", async () => {
  const record =
    '{"id":"a1","studentUniqueId":"1","big":9007199254740993,"name":"caf\\u00e9","nested":{"a":1.0, "b":"x"},"_etag":"1"}';
  await using api = await connect({ data: await folderOf({ "students.jsonl": record }) });
  const change = `[{"op":"update","resource":"students","id":"a1","set":{"nested":{"b":"y"},"huge":12345678901234567890,"points":5.0}}]`;
  expect((await api.post("/sandbox/changes", change)).status).toBe(200);
  const { text } = await api.get(at("students"));
  expect(text).toContain(
    '"big":9007199254740993,"name":"caf\\u00e9","nested":{"a":1.0, "b":"y"},"huge":12345678901234567890,"points":5.0,',
  );
});

test("An update by JSON path reaches into lists, and null takes a value away", async () => {
  await using api = await connect({ data });
  await api.sandbox.apply([
    { op: "update", resource: "grades", id: "g1", set: { "$.numericGradeEarned": null, letterGradeEarned: "B" } },
    {
      op: "update",
      resource: "bellSchedules",
      id: "h1",
      set: { "$.classPeriods[1].classPeriodReference.classPeriodName": "P9" },
    },
  ]);
  const [grade] = (await api.get(at("grades"))).json;
  expect([grade.numericGradeEarned, grade.letterGradeEarned]).toEqual([undefined, "B"]);
  const [schedule] = (await api.get(at("bellSchedules"))).json;
  expect(
    schedule.classPeriods.map(
      (period: { classPeriodReference: { classPeriodName: string } }) => period.classPeriodReference.classPeriodName,
    ),
  ).toEqual(["P1", "P9"]);
});

test("An identical update changes nothing and takes no version", async () => {
  await using api = await connect({ data });
  const before = (await api.get(at("grades"))).text;
  const { json } = await api.post(
    "/sandbox/changes",
    '[{"op":"update","resource":"grades","id":"g1","set":{"numericGradeEarned":86.50}}]',
  );
  expect(json.changes[0].changeVersion).toBeNull();
  expect((await api.get(at("grades"))).text).toBe(before);
  expect((await api.get(newest)).json.newestChangeVersion).toBe(schoolRows);
});

test("A deletion takes a version and leaves its key behind, flattened", async () => {
  await using api = await connect({ data });
  await api.sandbox.apply({ op: "delete", resource: "grades", id: "g1" });
  expect((await api.get(`${at("grades")}?totalCount=true`)).headers.get("total-count")).toBe("0");
  expect((await api.get(`${at("grades")}/g1`)).status).toBe(404);
  expect((await api.get(`${at("grades")}/deletes`)).json).toEqual([
    {
      id: "g1",
      changeVersion: first,
      keyValues: {
        gradeTypeDescriptor: "uri://ed-fi.org/GradeTypeDescriptor#Final",
        gradingPeriodDescriptor: "uri://x#1",
        gradingPeriodName: "First",
        schoolId: 1,
        gradingPeriodSchoolYear: 2026,
        beginDate: "2025-08-18",
        localCourseCode: "ALG-1",
        schoolYear: 2026,
        sectionIdentifier: "ALG-1-01",
        sessionName: "Fall",
        studentUniqueId: "s1",
      },
    },
  ]);
});

test("A recreated record has a new id, comes last, and its deletion is hidden", async () => {
  await using api = await connect({ data });
  const [result] = await api.sandbox.apply({
    op: "recreate",
    resource: "students",
    key: { studentUniqueId: "s1" },
    set: { firstName: "New" },
  });
  expect(result).toMatchObject({ trackedVersion: BigInt(first), changeVersion: BigInt(first + 1) });
  const rows = (await api.get(at("students"))).json;
  expect(rows.map((row: { studentUniqueId: string }) => row.studentUniqueId)).toEqual(["s2", "s1"]);
  expect(rows[1]).toMatchObject({ id: result?.id, firstName: "New" });
  expect((await api.get(`${at("students")}/b1`)).status).toBe(404);
  expect((await api.get(`${at("students")}/deletes`)).json).toEqual([]);
  await api.sandbox.apply({ op: "delete", resource: "students", key: { studentUniqueId: "s1" } });
  expect((await api.get(`${at("students")}/deletes`)).json.map((line: { id: string }) => line.id)).toEqual([
    "b1",
    result?.id,
  ]);
});

test("A deleted record may be inserted again under its key, which hides the deletion too", async () => {
  await using api = await connect({ data });
  await api.sandbox.apply([
    { op: "delete", resource: "students", id: "b2" },
    { op: "insert", resource: "students", record: { studentUniqueId: "s2" } },
  ]);
  expect((await api.get(`${at("students")}/deletes?totalCount=true`)).headers.get("total-count")).toBe("0");
});

test("A key change keeps the id and follows the key through everything that refers to it", async () => {
  await using api = await connect({ data });
  const [result] = await api.sandbox.apply({
    op: "keyChange",
    resource: "sections",
    key: {
      sectionIdentifier: "ALG-1-01",
      localCourseCode: "ALG-1",
      schoolId: 1,
      schoolYear: 2026,
      sessionName: "Fall",
    },
    newKey: { sectionIdentifier: "ALG-1-99" },
  });
  expect(result).toMatchObject({
    id: "e1",
    changeVersion: BigInt(first),
    trackedVersion: BigInt(first + 1),
    cascaded: 2,
  });
  expect((await api.get(`${at("sections")}/e1`)).json.sectionIdentifier).toBe("ALG-1-99");
  const associations = (await api.get(at("studentSectionAssociations"))).json;
  expect(associations[0].sectionReference).toMatchObject({
    sectionIdentifier: "ALG-1-99",
    link: { href: "/ed-fi/sections/e1" },
  });
  expect(associations[1].sectionReference.sectionIdentifier).toBe("ALG-1-02");
  expect((await api.get(at("grades"))).json[0].studentSectionAssociationReference.sectionIdentifier).toBe("ALG-1-99");
  const moved = async (resource: string) =>
    (await api.get(`${at(resource)}?minChangeVersion=${first}`)).json.map((row: { id: string }) => row.id);
  expect([await moved("sections"), await moved("studentSectionAssociations"), await moved("grades")]).toEqual([
    ["e1"],
    ["f1"],
    ["g1"],
  ]);
  const keyChanges = (await api.get(`${at("studentSectionAssociations")}/keyChanges`)).json;
  expect(keyChanges).toMatchObject([
    {
      id: "f1",
      oldKeyValues: { sectionIdentifier: "ALG-1-01" },
      newKeyValues: { sectionIdentifier: "ALG-1-99", studentUniqueId: "s1" },
    },
  ]);
  expect((await api.get(`${at("grades")}/keyChanges`)).json).toHaveLength(1);
  expect((await api.get(`${at("students")}/keyChanges`)).json).toEqual([]);
});

test("A session's new name reaches the grades by way of offerings, sections and enrollments", async () => {
  await using api = await connect({ data });
  const [result] = await api.sandbox.apply({
    op: "keyChange",
    resource: "sessions",
    id: "c1",
    newKey: { sessionName: "Autumn" },
  });
  expect(result?.cascaded).toBe(6);
  expect((await api.get(at("grades"))).json[0].studentSectionAssociationReference.sessionName).toBe("Autumn");
  expect(
    (await api.get(at("sections"))).json.map(
      (row: { courseOfferingReference: { sessionName: string } }) => row.courseOfferingReference.sessionName,
    ),
  ).toEqual(["Autumn", "Autumn"]);
});

test("A renamed class period is followed into a collection, whose record keeps its own key", async () => {
  await using api = await connect({ data });
  await api.sandbox.apply({
    op: "keyChange",
    resource: "classPeriods",
    id: "i1",
    newKey: { classPeriodName: "First" },
  });
  const [schedule] = (await api.get(`${at("bellSchedules")}?minChangeVersion=${first}`)).json;
  expect(schedule.classPeriods[0].classPeriodReference.classPeriodName).toBe("First");
  expect(schedule.classPeriods[1].classPeriodReference.classPeriodName).toBe("P2");
  expect((await api.get(`${at("bellSchedules")}/keyChanges`)).json).toEqual([]);
});

test("Key changes of one record in a window are one line, from the first key to the last", async () => {
  await using api = await connect({ data });
  const rename = (name: string): ChangeInput => ({
    op: "keyChange",
    resource: "classPeriods",
    id: "i1",
    newKey: { classPeriodName: name },
  });
  const results = await api.sandbox.apply([rename("A"), rename("B"), rename("C")]);
  const lines = async (query: string) => (await api.get(`${at("classPeriods")}/keyChanges?${query}`)).json;
  expect(await lines("")).toEqual([
    {
      id: "i1",
      changeVersion: Number(results[2]?.trackedVersion),
      oldKeyValues: { classPeriodName: "P1", schoolId: 1 },
      newKeyValues: { classPeriodName: "C", schoolId: 1 },
    },
  ]);
  expect(await lines(`maxChangeVersion=${results[1]?.trackedVersion}`)).toMatchObject([
    { newKeyValues: { classPeriodName: "B" } },
  ]);
  expect(await lines(`minChangeVersion=${results[2]?.trackedVersion}`)).toMatchObject([
    { oldKeyValues: { classPeriodName: "B" } },
  ]);
});

test("After a key change the record is found by its new key only", async () => {
  await using api = await connect({ data });
  const key = { entryDate: "2025-08-18", schoolId: 1, studentUniqueId: "s1" };
  await api.sandbox.apply({
    op: "keyChange",
    resource: "studentSchoolAssociations",
    key,
    newKey: { entryDate: "2025-09-01", schoolId: 2 },
  });
  await expect(api.sandbox.apply({ op: "delete", resource: "studentSchoolAssociations", key })).rejects.toMatchObject({
    status: 404,
  });
  const [row] = (await api.get(`${at("studentSchoolAssociations")}?schoolId=2`)).json;
  expect(row.schoolReference).toEqual({ schoolId: 2, link: { rel: "School", href: "/ed-fi/schools/a2" } });
  await api.sandbox.apply({
    op: "insert",
    resource: "studentSchoolAssociations",
    record: { entryDate: "2025-08-18", schoolReference: { schoolId: 1 }, studentReference: { studentUniqueId: "s1" } },
  });
  expect((await api.get(at("studentSchoolAssociations"))).json).toHaveLength(2);
});

test("A reference that comes to name something else has its link put right, or taken away", async () => {
  const offering = {
    id: "o1",
    localCourseCode: "A",
    schoolReference: { schoolId: 1, link: { rel: "School", href: "/ed-fi/schools/a1" } },
  };
  const record = {
    ...offering,
    sessionReference: { schoolId: 1, schoolYear: 2026, sessionName: "Fall" },
    courseReference: { courseCode: "A", educationOrganizationId: 1, link: { rel: "Course", href: "/ed-fi/courses/x" } },
  };
  const folder = await folderOf({ "courseOfferings.jsonl": [record], "schools.jsonl": [{ id: "a1", schoolId: 1 }] });
  await using api = await connect({ data: folder });
  await api.sandbox.apply({
    op: "update",
    resource: "courseOfferings",
    id: "o1",
    set: { courseReference: { courseCode: "B" } },
  });
  const [row] = (await api.get(at("courseOfferings"))).json;
  expect(row.courseReference).toEqual({ courseCode: "B", educationOrganizationId: 1 });
  expect(row.schoolReference).toEqual(offering.schoolReference);
});

test("A version reserved early and used late appears below versions that were read already", async () => {
  await using api = await connect({ data });
  const results = await api.sandbox.apply([
    { op: "reserve", name: "open transaction" },
    { op: "update", resource: "students", id: "b1", set: { firstName: "Later" } },
  ]);
  expect(results.map((result) => Number(result.changeVersion))).toEqual([first, first + 1]);
  expect(
    (await api.get(`${at("students")}?minChangeVersion=${first}`)).json.map((row: { id: string }) => row.id),
  ).toEqual(["b1"]);
  await api.sandbox.apply({
    op: "update",
    resource: "students",
    id: "b2",
    set: { firstName: "Late" },
    reserved: "open transaction",
  });
  expect(
    (await api.get(`${at("students")}?minChangeVersion=${first}&maxChangeVersion=${first}`)).json.map(
      (row: { id: string }) => row.id,
    ),
  ).toEqual(["b2"]);
  expect((await api.get(newest)).json.newestChangeVersion).toBe(first + 1);
});

test.each<[string, object, number, string]>([
  ["an unknown resource", { op: "delete", resource: "contacts", id: "1" }, 404, "no resource 'contacts'"],
  ["an unknown id", { op: "delete", resource: "students", id: "ff" }, 404, "no record with the id ff"],
  [
    "an unknown key",
    { op: "update", resource: "students", key: { studentUniqueId: "x" }, set: {} },
    404,
    'no record with studentUniqueId "x"',
  ],
  [
    "half a key",
    { op: "delete", resource: "sections", key: { sectionIdentifier: "ALG-1-01" } },
    400,
    "The natural key of sections is sectionIdentifier, ",
  ],
  ["neither id nor key", { op: "delete", resource: "students" }, 400, "by id or by key"],
  [
    "an existing key",
    { op: "insert", resource: "students", record: { studentUniqueId: "s1" } },
    409,
    'studentUniqueId "s1" already',
  ],
  [
    "an existing id",
    { op: "insert", resource: "students", id: "b1", record: { studentUniqueId: "s9" } },
    409,
    "id b1 already",
  ],
  [
    "a record without its key",
    { op: "insert", resource: "students", record: { firstName: "x" } },
    400,
    "lacks studentUniqueId",
  ],
  [
    "an update of the key",
    { op: "update", resource: "students", id: "b1", set: { studentUniqueId: "x" } },
    400,
    "use keyChange",
  ],
  ["an update of the id", { op: "update", resource: "students", id: "b1", set: { id: "x" } }, 400, "the server's own"],
  ["a bad path", { op: "update", resource: "students", id: "b1", set: { "$.a..b": 1 } }, 400, "not a path"],
  [
    "a key that must not change",
    { op: "keyChange", resource: "students", id: "b1", newKey: { studentUniqueId: "x" } },
    400,
    "cannot be changed",
  ],
  [
    "a key that is taken",
    { op: "keyChange", resource: "sections", id: "e1", newKey: { sectionIdentifier: "ALG-1-02" } },
    409,
    "already",
  ],
  ["another year", { op: "delete", resource: "students", id: "b1", year: 2030 }, 404, "no school year 2030"],
  [
    "a version nobody reserved",
    { op: "delete", resource: "students", id: "b1", reserved: "x" },
    404,
    "reserved as 'x'",
  ],
  ["an unknown op", { op: "erase" }, 400, "op"],
])("%s is refused with a reason, and nothing changes", async (_name, change, status, reason) => {
  await using api = await connect({ data });
  const { status: answered, json } = await api.post("/sandbox/changes", [change]);
  expect(answered).toBe(status);
  expect(json.error).toContain(reason);
  expect((await api.get(newest)).json.newestChangeVersion).toBe(schoolRows);
});

test("A list stops at the first change that cannot be made, and says what was done before", async () => {
  await using api = await connect({ data });
  const { status, json } = await api.post("/sandbox/changes", [
    { op: "delete", resource: "students", id: "b1" },
    { op: "delete", resource: "students", id: "b1" },
    { op: "delete", resource: "students", id: "b2" },
  ]);
  expect([status, json.index, json.changes.length]).toEqual([404, 1, 1]);
  expect((await api.get(at("students"))).json.map((row: { id: string }) => row.id)).toEqual(["b2"]);
});

test("With several years a change must say which, by itself or for the whole list", async () => {
  await using api = await connect({ data: { 2025: schoolFolder, 2026: schoolFolder } });
  const change = { op: "delete", resource: "students", id: "b1" };
  expect((await api.post("/sandbox/changes", [change])).status).toBe(400);
  expect((await api.post("/sandbox/changes?year=2025", [change])).json.changes[0].year).toBe(2025);
  expect((await api.post("/sandbox/changes", [{ ...change, year: 2026 }])).json.changes[0].year).toBe(2026);
});

test("A reset brings back the data as they were", async () => {
  await using api = await connect({ data });
  const before = (await api.get(at("students"))).text;
  await api.sandbox.apply([
    { op: "delete", resource: "students", id: "b1" },
    { op: "insert", resource: "students", record: { studentUniqueId: "s3" } },
  ]);
  expect((await api.post("/sandbox/reset", "")).status).toBe(200);
  expect((await api.get(at("students"))).text).toBe(before);
  expect((await api.get(`${at("students")}/deletes`)).json).toEqual([]);
  expect((await api.get(newest)).json.newestChangeVersion).toBe(schoolRows);
});

test("The state tells the newest version and the counts", async () => {
  await using api = await connect({ data });
  await api.sandbox.apply({ op: "delete", resource: "students", id: "b1" });
  const state = (await api.get("/sandbox/state")).json.years["2026"];
  expect(state.newestChangeVersion).toBe(first);
  expect(state.resources.students).toEqual({ count: 1, deleted: 1 });
  expect(state.resources.sections).toEqual({ count: 2 });
});

test("With a state file the changes are there after a restart, to the byte, even when the last write was cut short", async () => {
  const stateFile = join(scratchFolder("sandbox-state"), "kept", "changes.jsonl");
  const look = async (api: Awaited<ReturnType<typeof connect>>) =>
    await Promise.all(
      [
        at("students"),
        `${at("students")}/deletes`,
        at("sections"),
        at("grades"),
        `${at("grades")}/keyChanges`,
        newest,
      ].map(async (path) => (await api.get(path)).text),
    );
  let before: string[];
  {
    await using api = await connect({ data, stateFile });
    const body =
      '[{"op":"insert","resource":"students","record":{"studentUniqueId":"s3","big":9007199254740993}},{"op":"recreate","resource":"students","id":"b1"}]';
    expect((await api.post("/sandbox/changes", body)).status).toBe(200);
    await api.sandbox.apply([
      { op: "update", resource: "students", id: "b2", set: { firstName: "X" } },
      { op: "delete", resource: "students", id: "b2" },
      { op: "keyChange", resource: "sections", id: "e1", newKey: { sectionIdentifier: "Z" } },
    ]);
    before = await look(api);
    expect(before[0]).toContain("9007199254740993");
  }
  await appendFile(stateFile, '{"at":1,"change":{"op":"del');
  {
    await using api = await connect({ data, stateFile });
    expect(await look(api)).toEqual(before);
    await api.sandbox.apply({ op: "update", resource: "grades", id: "g1", set: { letterGradeEarned: "A" } });
    before = await look(api);
  }
  {
    await using api = await connect({ data, stateFile });
    expect(await look(api)).toEqual(before);
    await api.sandbox.reset();
    expect(await readFile(stateFile, "utf8")).toBe("");
  }
});

test("A state file of other data is refused at the start", async () => {
  const stateFile = join(scratchFolder("sandbox-state"), "changes.jsonl");
  {
    await using api = await connect({ data, stateFile });
    await api.sandbox.apply({ op: "delete", resource: "students", id: "b1" });
  }
  const other = await folderOf({ "students.jsonl": [] });
  await expect(connect({ data: { 2026: other }, stateFile })).rejects.toThrow(
    "Change 1 of the state file does not fit the data",
  );
});

test("Changes made while others page are seen whole or not at all", async () => {
  await using api = await connect({ data });
  const rename = (name: string): ChangeInput => ({
    op: "keyChange",
    resource: "sections",
    id: "e1",
    newKey: { sectionIdentifier: name },
  });
  await Promise.all([
    ...Array.from({ length: 20 }, (_, index) => api.sandbox.apply(rename(`N${index}`))),
    ...Array.from({ length: 20 }, async () => expect((await api.get(at("sections"))).json).toHaveLength(2)),
  ]);
  const [section] = (await api.get(at("sections"))).json;
  const [association] = (await api.get(at("studentSectionAssociations"))).json;
  expect(association.sectionReference.sectionIdentifier).toBe(section.sectionIdentifier);
  expect(section.sectionIdentifier).toBe("N19");
});
