import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { answerOf, folderOf } from "./client.ts";
import { discover, numbersOf, tokenFrom } from "./discovered.ts";

const pupil = (number: number) => ({ id: `b${number}`, studentUniqueId: `s${number}` });
const enrolled = (number: number, schoolId: number) => ({
  id: `j${number}`,
  entryDate: "2025-08-18",
  schoolReference: { schoolId },
  studentReference: { studentUniqueId: `s${number}` },
});
const files = {
  "localEducationAgencies.jsonl": [10, 20].map((id) => ({
    id: `l${id}`,
    localEducationAgencyId: id,
    nameOfInstitution: `District ${id}`,
  })),
  "schools.jsonl": [
    [1, 10],
    [2, 10],
    [3, 20],
  ].map(([schoolId, agency]) => ({
    id: `a${schoolId}`,
    schoolId,
    localEducationAgencyReference: { localEducationAgencyId: agency },
  })),
  "students.jsonl": [1, 2, 3, 4].map(pupil),
  "studentSchoolAssociations.jsonl": [enrolled(1, 1), enrolled(2, 2), enrolled(3, 3)],
  "assessments.jsonl": ["uri://www.nwea.org/map", "uri://other.org/test"].map((namespace, index) => ({
    id: `t${index}`,
    assessmentIdentifier: `A${index}`,
    namespace,
  })),
  "gradeLevelDescriptors.jsonl": [{ id: "d1", namespace: "uri://ed-fi.org/GradeLevelDescriptor", codeValue: "Ninth" }],
};
const data = { 2026: await folderOf(files) };

test.each([
  ["ods-5.3", /^[0-9a-f]{32}$/],
  ["ods-6.1", /^[0-9a-f]{32}$/],
  ["ods-7.1", /^[0-9a-f]{32}$/],
  ["ods-7.3", /^[0-9a-f]{32}$/],
  ["dms-8", /^[\w-]+\.[\w-]+\.[\w-]+$/],
] as const)("S2 %s: a token looks like its time's and lives as long as the host says", async (profile, pattern) => {
  let now = Date.UTC(2026, 0, 5);
  await using api = await discover({ data, profile, tokenSeconds: 60, now: () => now });
  expect(api.token).toMatch(pattern);
  now += 59_999;
  expect((await api.data("students")).status).toBe(200);
  now += 1;
  const late = await api.data("students");
  expect(late.status).toBe(401);
  const fresh = { authorization: `Bearer ${await tokenFrom(api.document.urls.oauth, api.sandbox)}` };
  expect((await api.data("students", { headers: fresh })).status).toBe(200);
});

test.each([
  ["ods-5.3", 200],
  ["ods-6.1", 200],
  ["ods-7.1", 200],
  ["ods-7.3", 429],
  ["dms-8", 200],
] as const)("S2 %s: the sixteenth live token is answered with %i", async (profile, status) => {
  await using api = await discover({ data, profile });
  const statuses: number[] = [];
  for (let count = 2; count <= 16; count += 1) {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: api.sandbox.key,
      client_secret: api.sandbox.secret,
    });
    statuses.push((await fetch(api.document.urls.oauth, { method: "POST", body })).status);
  }
  expect(statuses.slice(0, 14)).toEqual(Array.from({ length: 14 }, () => 200));
  expect(statuses[14]).toBe(status);
});

test.each([
  ["ods-7.3", "bearer"],
  ["dms-8", "Bearer"],
] as const)("S2 %s: the type of a token is written '%s'", async (profile, type) => {
  await using api = await discover({ data, profile });
  const { key: client_id, secret: client_secret } = api.sandbox;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  const { json } = await answerOf(await fetch(api.document.urls.oauth, { method: "POST", body }));
  expect(json).toMatchObject({ token_type: type, expires_in: 1800 });
});

test("S2 the token limit is an option, and tokens that ended make room", async () => {
  let now = 0;
  await using api = await discover({ data, profile: "dms-8", tokenLimit: 2, tokenSeconds: 10, now: () => now });
  expect(await tokenFrom(api.document.urls.oauth, api.sandbox)).not.toBe("");
  expect(await tokenFrom(api.document.urls.oauth, api.sandbox)).toBe("");
  now += 10_000;
  expect(await tokenFrom(api.document.urls.oauth, api.sandbox)).not.toBe("");
});

test.each(profileNames)("S2 %s: introspection says what the claim set grants on each resource", async (profile) => {
  await using api = await discover({
    data,
    profile,
    claimSetName: "ETL",
    claims: { students: { readChanges: false }, schools: { read: false, readChanges: false } },
    namespacePrefixes: ["uri://www.nwea.org"],
    educationOrganizations: [10],
  });
  const { json } = await api.get(`${api.sandbox.url}/oauth/token_info`, {
    method: "POST",
    body: new URLSearchParams({ token: api.token }),
  });
  expect(json).toMatchObject({
    active: true,
    claim_set: { name: "ETL" },
    namespace_prefixes: ["uri://www.nwea.org"],
    education_organizations: [{ education_organization_id: 10 }],
  });
  const operations = new Map(
    json.resources.map(({ resource, operations: own }: { resource: string; operations: string[] }) => [resource, own]),
  );
  expect(operations.get("/ed-fi/students")).toEqual(["Read"]);
  expect(operations.get("/ed-fi/assessments")).toEqual(["Read", "ReadChanges"]);
  expect(operations.has("/ed-fi/schools")).toBe(false);
});

test.each(profileNames)("S3 %s: a claim set withholds a resource, or one action on it", async (profile) => {
  await using api = await discover({
    data,
    profile,
    claims: { students: { readChanges: false }, schools: { read: false, readChanges: false } },
  });
  const status = async (path: string) => (await api.data(path)).status;
  expect([await status("students"), await status("students/deletes")]).toEqual([200, 403]);
  expect([await status("schools"), await status("schools/deletes"), await status("schools/a1")]).toEqual([
    403, 403, 403,
  ]);
  expect([await status("assessments"), await status("assessments/deletes")]).toEqual([200, 200]);
});

test.each(["ods-7.3", "dms-8"] as const)(
  "S3 %s: a refusal says whether the resource or the action is missing",
  async (profile) => {
    await using api = await discover({
      data,
      profile,
      claims: { "*": { read: false, readChanges: false }, students: { read: true } },
    });
    const type = async (path: string) => (await api.data(path)).json.type?.split(":").at(-1);
    expect(await type("students/deletes")).toBe("action");
    expect(await type("schools")).toBe("resource");
    expect((await api.data("students")).status).toBe(200);
  },
);

test.each(profileNames)(
  "S3 %s: rows without a way to the client's organizations are absent, and not counted",
  async (profile) => {
    await using api = await discover({ data, profile, educationOrganizations: [10] });
    const page = await api.data("students?totalCount=true");
    expect([numbersOf(page.json), page.headers.get("total-count")]).toEqual([[1, 2], "2"]);
    expect((await api.data("schools")).json.map(({ schoolId }: { schoolId: number }) => schoolId)).toEqual([1, 2]);
    expect((await api.data("studentSchoolAssociations")).json).toHaveLength(2);
    expect((await api.data("gradeLevelDescriptors")).json).toHaveLength(1);
    const hidden = await api.data("students/b3");
    expect(hidden.status).toBe(403);
    expect(hidden.text).toContain("No relationships have been established");
    expect((await api.data("students/b1")).status).toBe(200);
  },
);

test.each(profileNames)(
  "S3 %s: an enrollment shows an old row, whose version stays below every new window",
  async (profile) => {
    await using api = await discover({ data, profile, educationOrganizations: [10] });
    const before = await api.sandbox.newestChangeVersion();
    expect(numbersOf((await api.data("students")).json)).toEqual([1, 2]);
    await api.sandbox.apply({ op: "insert", resource: "studentSchoolAssociations", record: enrolled(4, 1) });
    expect(numbersOf((await api.data("students")).json)).toEqual([1, 2, 4]);
    expect((await api.data(`students?minChangeVersion=${before + 1n}`)).json).toEqual([]);
  },
);

test.each(profileNames)("S3 %s: assessments of other namespaces are absent", async (profile) => {
  await using api = await discover({ data, profile, namespacePrefixes: ["uri://www.nwea.org"] });
  const names = (await api.data("assessments")).json.map((row: { namespace: string }) => row.namespace);
  expect(names).toEqual(["uri://www.nwea.org/map"]);
  expect((await api.data("gradeLevelDescriptors")).json).toHaveLength(1);
});

test("S3 a claim set changes while the client works", async () => {
  await using api = await discover({ data, educationOrganizations: [10] });
  expect((await api.data("students")).json).toHaveLength(2);
  await api.control("PUT", "claims", { educationOrganizations: [10, 20] });
  expect((await api.data("students")).json).toHaveLength(3);
  await api.control("PUT", "claims", { claims: { students: { read: false } } });
  expect((await api.data("students")).status).toBe(403);
  expect((await api.data("schools")).json).toHaveLength(3);
  expect((await api.control("PUT", "claims", { claims: { students: "all" } })).status).toBe(400);
});

test("S3 requests over a limit are refused until the window ends", async () => {
  let now = 10_000;
  await using api = await discover({
    data,
    profile: "dms-8",
    rateLimit: { requests: 4, seconds: 10 },
    now: () => now,
  });
  expect((await api.data("students")).status).toBe(200);
  expect((await api.data("students")).status).toBe(200);
  now += 6_500;
  const refused = await api.data("students");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "4"]);
  expect(refused.json.type).toBe("urn:ed-fi:api:too-many-requests");
  now += 3_500;
  expect((await answerOf(await fetch(api.sandbox.url))).status).toBe(200);
});
