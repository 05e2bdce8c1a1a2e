import { expect, test } from "@jest/globals";
import { at, connect, folderOf, students } from "./client.ts";

const folder = await folderOf({ "students.jsonl": students(3), "gradeLevelDescriptors.jsonl": [] });
const other = await folderOf({ "students.jsonl": students(5) });

test("Discovery has the shape of 7.x, with absolute addresses on the host that was asked", async () => {
  await using api = await connect({ data: folder });
  const { status, headers, json } = await api.get("/");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(json).toMatchObject({ version: "7.3", suite: "3", dataModels: [{ name: "Ed-Fi" }] });
  expect(json.apiMode).toBeUndefined();
  expect(json.urls).toMatchObject({
    oauth: `${api.sandbox.url}/oauth/token`,
    dataManagementApi: `${api.sandbox.url}/data/v3/`,
    changeQueries: `${api.sandbox.url}/changeQueries/v1/`,
    dependencies: `${api.sandbox.url}/metadata/data/v3/dependencies`,
  });
});

test("Discovery needs no token", async () => {
  await using api = await connect({ data: folder });
  expect((await fetch(`${api.sandbox.url}/`)).status).toBe(200);
  expect((await fetch(`${api.sandbox.url}/2011/`)).status).toBe(200);
});

test("A single year answers at the plain paths and at its own", async () => {
  await using api = await connect({ data: { 2026: folder } });
  const { json } = await api.get("/2026/");
  expect(json.urls.dataManagementApi).toBe(`${api.sandbox.url}/2026/data/v3/`);
  expect((await api.get(`${at("students")}`)).json).toHaveLength(3);
  expect((await api.get(`/2026${at("students")}`)).json).toHaveLength(3);
});

test("Several years are advertised as a placeholder, and the plain paths lead nowhere", async () => {
  await using api = await connect({ data: { 2025: folder, 2026: other } });
  const { json } = await api.get("/");
  expect(json.urls.dataManagementApi).toBe(`${api.sandbox.url}/{schoolYearFromRoute}/data/v3/`);
  expect(json.urls.oauth).toBe(`${api.sandbox.url}/{schoolYearFromRoute}/oauth/token`);
  expect((await api.get("/2026/")).json.urls.oauth).toBe(`${api.sandbox.url}/2026/oauth/token`);
  for (const path of [at("students"), `/2024${at("students")}`, "/changeQueries/v1/availableChangeVersions"]) {
    const answer = await api.get(path);
    expect([answer.status, answer.json.detail]).toEqual([
      404,
      "No ODS instance matching the available route values was found.",
    ]);
  }
});

test("Each year has its own data and its own change versions", async () => {
  await using api = await connect({ data: { 2025: folder, 2026: other } });
  await api.sandbox.apply({ op: "delete", resource: "students", key: { studentUniqueId: "s1" }, year: 2026 });
  const newest = async (year: number) =>
    (await api.get(`/${year}/changeQueries/v1/availableChangeVersions`)).json.newestChangeVersion;
  expect([await newest(2025), await newest(2026)]).toEqual([3, 6]);
  expect((await api.get(`/2025${at("students")}`)).json).toHaveLength(3);
  expect((await api.get(`/2026${at("students")}`)).json).toHaveLength(4);
  expect((await api.get(`/2025${at("students")}/deletes`)).json).toEqual([]);
});

test("A resource that is not in the data is a 404 of its own kind", async () => {
  await using api = await connect({ data: folder });
  const { status, headers, json } = await api.get(at("contacts"));
  expect(status).toBe(404);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(json).toMatchObject({
    type: "urn:ed-fi:api:not-found",
    title: "Not Found",
    errors: ["Path '/data/v3/ed-fi/contacts' does not exist. Check the resource name and try again."],
  });
});

test("With change queries off there is no trace of them", async () => {
  await using api = await connect({ data: folder, changeQueries: false });
  expect((await api.get("/")).json.urls.changeQueries).toBeUndefined();
  for (const path of [
    "/changeQueries/v1/availableChangeVersions",
    `${at("students")}/deletes`,
    `${at("students")}/keyChanges`,
  ]) {
    expect((await api.get(path)).status).toBe(404);
  }
  expect((await api.get(`${at("students")}?minChangeVersion=3`)).json).toHaveLength(3);
});

test("A snapshot that is not there is told apart from a resource that is not there", async () => {
  await using api = await connect({ data: folder });
  const { status, json } = await api.get(at("students"), { "use-snapshot": "true" });
  expect([status, json.detail]).toEqual([404, "Snapshot not found."]);
});

test("Dependencies put descriptors first and people's updates after the association that allows them", async () => {
  await using api = await connect({});
  const lines: { resource: string; order: number; operations: string[] }[] = (
    await api.get("/metadata/data/v3/dependencies")
  ).json;
  const order = (resource: string, operation: string) =>
    lines.find((line) => line.resource === `/ed-fi/${resource}` && line.operations.includes(operation))?.order ??
    Number.NaN;
  expect(order("termDescriptors", "Create")).toBe(1);
  expect(order("sessions", "Create")).toBeGreaterThan(order("schools", "Create"));
  expect(order("sections", "Create")).toBeGreaterThan(order("courseOfferings", "Create"));
  expect(order("grades", "Create")).toBeGreaterThan(order("studentSectionAssociations", "Create"));
  expect(order("students", "Create")).toBeLessThan(order("studentSchoolAssociations", "Create"));
  expect(order("students", "Update")).toBeGreaterThan(order("studentSchoolAssociations", "Create"));
  expect(lines.filter((line) => line.resource === "/ed-fi/students").map((line) => line.operations)).toEqual([
    ["Create"],
    ["Update"],
  ]);
  expect(new Set(lines.map((line) => line.resource)).size).toBe(260);
});
