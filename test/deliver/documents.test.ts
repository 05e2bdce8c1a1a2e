import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { documentOf } from "../../shared/deliver/clean.ts";
import { flattened, identityOf, Relations } from "../../shared/deliver/identity.ts";
import { isJsonObject, type JsonObject, parseJson, writeJson } from "../../shared/deliver/json.ts";
import { Description, describe as describeTarget, type Schema } from "../../shared/deliver/openapi.ts";
import { validate } from "../../shared/deliver/validate.ts";
import { assessment, method, nwea, result, row, startWorld } from "./world.ts";

function cleaned(text: string): string {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error("no object");
  return writeJson(documentOf(value));
}

const object = (value: unknown): JsonObject => parseJson(JSON.stringify(value)) as JsonObject;

function problemsOf(value: unknown, schema: Schema, tooLong: "reject" | "cut" = "reject"): string[] {
  const { problems } = validate(object(value), schema, new Description(new Map(), new Map()), tooLong);
  return problems.map(({ path, reason }) => `${path} ${reason}`);
}

test("P20 what is the server's own is never sent, wherever it stands", () => {
  const text =
    '{"id":"1","_etag":"2","_lastModifiedDate":"3","a":"x","r":{"k":"v","link":{"href":"h"}},"l":[{"link":{},"b":1,"_etag":"4"}]}';
  expect(cleaned(text)).toBe('{"a":"x","r":{"k":"v"},"l":[{"b":1}]}');
});

test("P20 a record as it was read is taken when it is sent back", async () => {
  await using world = await startWorld();
  world.set("assessments", [
    row("Math", { ...assessment("Math"), id: "a".repeat(32), _etag: "1", link: { rel: "x", href: "y" } }),
  ]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
});

test("P21 the complete document is sent: a member that the payload lacks is taken away in the target", async () => {
  await using world = await startWorld();
  world.set("assessments", [row("Math", assessment("Math", { assessmentFamily: "MAP Growth", maxRawScore: 300 }))]);
  await world.run();
  const found = () => world.found("/ed-fi/assessments", { assessmentIdentifier: "Math" });
  expect(await found()).toMatchObject([{ assessmentFamily: "MAP Growth", maxRawScore: 300 }]);
  world.set("assessments", [row("Math", assessment("Math", { maxRawScore: 300 }))]);
  await world.run();
  const [record] = await found();
  expect(record).toMatchObject({ maxRawScore: 300, assessmentTitle: "Math" });
  expect(record).not.toHaveProperty("assessmentFamily");
});

test("P22 nothing that is empty is sent, and nothing that is no number", () => {
  const text =
    '{"a":null,"b":"","c":"  ","d":[],"e":{},"f":[null,"",{"g":null}],"h":"NaN","i":0,"j":false,"k":[0],"l":"Infinity","m":{"n":{"o":[]}}}';
  expect(cleaned(text)).toBe('{"i":0,"j":false,"k":[0]}');
});

test("P22 a required member that is empty is refused before it is sent", async () => {
  await using world = await startWorld();
  world.set("assessments", [row("Math", assessment("Math", { assessmentTitle: "" }))]);
  await world.run();
  expect(world.writes()).toEqual([]);
  expect(world.last("Math")).toMatchObject({
    status: "rejected",
    problems: [{ path: "$.assessmentTitle", reason: "is required" }],
  });
});

test("P23 a text that is too long is refused before it is sent, or cut so that it stays its own", async () => {
  const long = (end: string) => assessment("Math", { assessmentTitle: `${"x".repeat(300)}${end}` });
  await using refusing = await startWorld();
  refusing.set("assessments", [row("Math", long("1"))]);
  await refusing.run();
  expect(refusing.writes()).toEqual([]);
  expect(refusing.last("Math")?.problems).toEqual([
    { path: "$.assessmentTitle", reason: "has 301 characters, and the target takes 255" },
  ]);

  await using cutting = await startWorld({ delivery: ["too_long: cut"] });
  const titles: unknown[] = [];
  for (const end of ["1", "2"]) {
    cutting.set("assessments", [row("Math", long(end))]);
    expect(await cutting.run()).toMatchObject({ result: { outcome: "ok" } });
    titles.push((await cutting.found("/ed-fi/assessments", {}))[0]?.assessmentTitle);
  }
  expect(titles[0]).toMatch(/^x{246}~[0-9a-f]{8}$/);
  expect(titles[1]).not.toBe(titles[0]);
});

test("P23 a text is not cut within a character", () => {
  const schema = { properties: { name: { type: "string", maxLength: 20 } } };
  const { document } = validate(
    object({ name: `${"x".repeat(10)}${"😀".repeat(10)}` }),
    schema,
    new Description(new Map(), new Map()),
    "cut",
  );
  expect(document.name).toMatch(/^x{10}~[0-9a-f]{8}$/);
});

test("P23 a descriptor is never cut", () => {
  const schema = { properties: { gradeDescriptor: { type: "string", maxLength: 20 } } };
  expect(problemsOf({ gradeDescriptor: "x".repeat(30) }, schema, "cut")).toEqual([
    "$.gradeDescriptor has 30 characters, and the target takes 20",
  ]);
});

const score = (code: string, value: string) => ({
  assessmentReportingMethodDescriptor: `${method(code).namespace}#${code}`,
  resultDatatypeTypeDescriptor: "uri://ed-fi.org/ResultDatatypeTypeDescriptor#Integer",
  result: value,
});

test("P24 an item that stands twice is sent once, and two that share their key are refused with their places", async () => {
  await using world = await startWorld();
  world.set("methods", [row("RIT", method("RIT")), row("SE", method("SE"))]);
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set("results", [
    row("r1", result("r1", { scoreResults: [score("RIT", "221"), score("SE", "3"), score("RIT", "221")] })),
    row("r2", result("r2", { scoreResults: [score("RIT", "221"), score("RIT", "226")] })),
  ]);
  await world.run();
  const [sent] = await world.found("/ed-fi/studentAssessments", { studentAssessmentIdentifier: "r1" });
  expect(sent?.scoreResults).toHaveLength(2);
  expect(world.last("r2")).toMatchObject({
    status: "rejected",
    problems: [{ path: "$.scoreResults[1]", reason: "has the same identifying values as $.scoreResults[0]" }],
  });
  expect(world.last("r2")?.httpStatus).toBeUndefined();
});

test("P26 zeros at the front of a text stay, and so do all digits of a number", async () => {
  expect(cleaned('{"a":"00123","b":9007199254740993,"c":93.50,"d":1.0}')).toBe(
    '{"a":"00123","b":9007199254740993,"c":93.50,"d":1.0}',
  );
  await using world = await startWorld();
  world.set("assessments", [row("007", assessment("007"))]);
  await world.run();
  expect(await world.found("/ed-fi/assessments", {})).toMatchObject([{ assessmentIdentifier: "007" }]);
});

test.each(profileNames)("P38 %s: what the target would refuse, or take and ignore, is not sent", async (profile) => {
  await using world = await startWorld({ profile });
  world.set("assessments", [
    row("typo", assessment("typo", { assessmentFamilly: "MAP Growth" })),
    row("type", assessment("type", { maxRawScore: "many" })),
    row(
      "subject",
      assessment("subject", {
        academicSubjects: [{ academicSubjectDescriptor: "uri://ed-fi.org/AcademicSubjectDescriptor#Alchemy" }],
      }),
    ),
    row("right", assessment("right")),
  ]);
  await world.run();
  expect(world.writes()).toEqual(["POST assessments"]);
  expect(["typo", "type", "subject"].map((key) => world.last(key)?.problems?.[0]?.path)).toEqual([
    "$.assessmentFamilly",
    "$.maxRawScore",
    "$.academicSubjects[0].academicSubjectDescriptor",
  ]);
});

test("P38 a target that does not describe its records is sent to all the same, and that is said", async () => {
  await using world = await startWorld();
  world.sandbox.addFaults({ match: { path: "/metadata/?$" }, respond: { status: 404 } });
  world.set("assessments", [row("Math", assessment("Math"))]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.log.lines.some(({ message }) => message.includes("does not describe its records"))).toBe(true);
});

test("P38 a target whose documents are a page of a gateway is one that does not describe its records", async () => {
  await using world = await startWorld();
  world.sandbox.addFaults({ match: { path: "swagger.json$|resources" }, respond: { status: 200, html: true } });
  world.set("assessments", [row("Math", assessment("Math")), row("Math2", assessment("Math"))]);
  world.set("results", [row("r1", result("r1", { studentReference: { studentUniqueId: "nobody" } }))]);
  await world.run();
  expect(world.log.lines.some(({ message }) => message.includes("does not describe its records"))).toBe(true);
  // Natural keys are known without it, by the connector.
  expect(world.standing()).toMatchObject({ "assessments Math": "created", "assessments Math2": "duplicate" });
  expect(world.last("r1")?.naturalKey).toMatchObject({ studentAssessmentIdentifier: "r1", studentUniqueId: "nobody" });
});

const subjects = (codeValue: string) => ({
  academicSubjects: [{ academicSubjectDescriptor: `uri://ed-fi.org/AcademicSubjectDescriptor#${codeValue}` }],
});

test("P38 a descriptor is the same in other letters, also where the target minds them when it is asked", async () => {
  await using world = await startWorld();
  world.sandbox.addFaults({ match: { query: "codeValue=MATHEMATICS" }, respond: { status: 200, body: [] } });
  world.set("assessments", [
    row("Math", assessment("Math", subjects("MATHEMATICS"))),
    row("Other", assessment("Other", subjects("Alchemy"))),
  ]);
  await world.run();
  expect(world.standing()).toEqual({ "assessments Math": "created", "assessments Other": "rejected" });
  const asked = world.sandbox.requests.filter(({ path }) => path.endsWith("/academicSubjectDescriptors"));
  // Each value once, and the collection once: not for each record.
  expect(asked.length).toBeLessThanOrEqual(3);
});

test("P38 descriptors are looked up beside each other, so that they do not hold up the first record", async () => {
  await using world = await startWorld({ latencyMs: 10 });
  world.set(
    "assessments",
    Array.from({ length: 8 }, (_, at) => row(`a${at}`, assessment(`a${at}`, subjects(`Alchemy ${at}`)))),
  );
  await world.run();
  expect(Object.values(world.standing())).toEqual(Array(8).fill("rejected"));
  expect(world.sandbox.highWater()).toBeGreaterThanOrEqual(6);
});

test("P38 descriptors that cannot be looked up hold nothing up", async () => {
  await using world = await startWorld();
  world.sandbox.addFaults({
    match: { method: "GET", resource: "academicSubjectDescriptors" },
    respond: { status: 500 },
  });
  world.set("assessments", [row("Math", assessment("Math"))]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
});

test("P38 each type, format and size has its words", () => {
  const schema: Schema = {
    required: ["name", "when"],
    properties: {
      name: { type: "string", maxLength: 5, "x-Ed-Fi-isIdentity": true },
      when: { type: "string", format: "date" },
      at: { type: "string", format: "date-time" },
      hour: { type: "string", format: "time" },
      count: { type: "integer", format: "int32" },
      share: { type: "number" },
      flag: { type: "boolean" },
      inner: { type: "object", properties: { x: { type: "string" } } },
      list: { type: "array", items: { type: "object", properties: { y: { type: "integer" } } } },
    },
  };
  expect(
    problemsOf(
      {
        name: "a",
        when: "2025-02-28",
        at: "2025-02-28T10:00:00Z",
        hour: "10:00:00",
        count: 1,
        share: 1.5,
        flag: false,
        inner: { x: "1" },
        list: [{ y: 1 }],
      },
      schema,
    ),
  ).toEqual([]);
  expect(
    problemsOf(
      {
        name: " a",
        when: "2025-02-28T00:00:00",
        at: "yesterday",
        hour: "10",
        count: 3e9,
        share: "1",
        flag: "yes",
        inner: "x",
        list: [{ y: 1.5 }, "z"],
      },
      schema,
    ),
  ).toEqual([
    "$.name begins or ends with a blank",
    "$.when is no date (YYYY-MM-DD)",
    "$.at is no date and time",
    "$.hour is no time of day",
    "$.count is too large a number",
    "$.share is no number",
    "$.flag is neither true nor false",
    "$.inner is no object",
    "$.list[0].y is no whole number",
    "$.list[1] is no object",
  ]);
  expect(problemsOf({ count: 2_200_000_000 }, schema)).toEqual([
    "$.name is required",
    "$.when is required",
    "$.count is too large a number",
  ]);
});

test("P38 OpenAPI 2 and 3 are read alike", () => {
  const thing = {
    type: "object",
    required: ["a"],
    properties: { a: { type: "string", maxLength: 3 }, r: { $ref: "#/x/edFi_r" } },
  };
  const others = { edFi_r: { type: "object", properties: { b: { type: "integer" } } }, edFi_unused: {} };
  const get = {
    parameters: [
      { name: "a", in: "query", "x-Ed-Fi-isIdentity": true },
      { name: "c", in: "query" },
    ],
  };
  const two = {
    paths: {
      "/ed-fi/things": { get, post: { parameters: [{ in: "body", schema: { $ref: "#/definitions/edFi_thing" } }] } },
    },
    definitions: { edFi_thing: thing, ...others },
  };
  const body = { content: { "application/json": { schema: { $ref: "#/components/schemas/edFi_thing" } } } };
  const three = {
    paths: { "/ed-fi/things": { get, post: { requestBody: body } } },
    components: { schemas: { edFi_thing: thing, ...others } },
  };
  for (const document of [two, three]) {
    const description = describeTarget([document], ["/ed-fi/things"]);
    if (!description) throw new Error("no description");
    const found = description.resource("/ed-fi/Things");
    expect(found?.identity).toEqual(["a"]);
    expect(validate(object({ a: "long", r: { b: "x" } }), found?.schema, description, "reject").problems).toEqual([
      { path: "$.a", reason: "has 4 characters, and the target takes 3" },
      { path: "$.r.b", reason: "is no whole number" },
    ]);
  }
});

test("a natural key is found in a record and in what refers to it, whatever role it has there", () => {
  const grade = object({
    gradeTypeDescriptor: "uri://x#Final",
    gradingPeriodReference: { gradingPeriodDescriptor: "uri://x#First", schoolId: 2, periodSequence: 1 },
    studentSectionAssociationReference: { schoolId: 1, studentUniqueId: "007" },
  });
  expect(
    identityOf(flattened(grade), ["gradingPeriodSchoolId", "schoolId", "studentUniqueId", "gradeTypeDescriptor"]),
  ).toEqual({
    gradingPeriodSchoolId: "2",
    schoolId: "2",
    studentUniqueId: "007",
    gradeTypeDescriptor: "uri://x#Final",
  });
  expect(identityOf(flattened(grade), ["sectionIdentifier"])).toBeUndefined();
  const relations = new Relations(["/ed-fi/assessments", "/ed-fi/objectiveAssessments", "/ed-fi/surveys"]);
  const document = object({
    parentObjectiveAssessmentReference: { identificationCode: "1", namespace: nwea },
    items: [{ surveyReference: { surveyIdentifier: "s" } }],
  });
  expect([...relations.referredTo(document)].map(({ resource }) => resource)).toEqual([
    "/ed-fi/objectiveAssessments",
    "/ed-fi/surveys",
  ]);
});
