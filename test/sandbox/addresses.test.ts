import { expect, test } from "@jest/globals";
import { type ProfileName, profileNames, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { folderOf, students } from "./client.ts";
import { discover, tokenFrom } from "./discovered.ts";

const data = {
  2025: await folderOf({ "students.jsonl": students(2) }),
  2026: await folderOf({ "students.jsonl": students(3) }),
};
const oneYear = { 2026: data[2026] };

/** Where one mode has its things, for school year 2026. */
interface Mode {
  readonly name: string;
  readonly profiles: readonly ProfileName[];
  readonly options: SandboxOptions;
  readonly data: string;
  readonly versions: string;
  readonly dependencies: string;
  readonly token: string;
  /** An address that looks right and leads to no instance. */
  readonly wrong: string;
}

const legacy: readonly ProfileName[] = ["ods-5.3", "ods-6.1"];
const modern: readonly ProfileName[] = ["ods-7.1", "ods-7.3"];
const shared = { data: "/data/v3", versions: "/changeQueries/v1", dependencies: "/metadata/data/v3/dependencies" };
const prefixed = (prefix: string) => ({
  data: `${prefix}/data/v3`,
  versions: `${prefix}/changeQueries/v1`,
  dependencies: `${prefix}/metadata/data/v3/dependencies`,
  token: `${prefix}/oauth/token`,
});

const modes: readonly Mode[] = [
  {
    name: "plain",
    profiles: [...legacy, ...modern],
    options: { data: oneYear, urlMode: "plain" },
    ...shared,
    token: "/oauth/token",
    wrong: "/2024/data/v3",
  },
  {
    name: "year",
    profiles: legacy,
    options: { data, urlMode: "year" },
    data: "/data/v3/2026",
    versions: "/changeQueries/v1/2026",
    dependencies: "/metadata/data/v3/2026/dependencies",
    token: "/oauth/token",
    wrong: "/data/v3/2024",
  },
  {
    name: "instance-year",
    profiles: legacy,
    options: { data, urlMode: "instance-year", instance: "north" },
    data: "/data/v3/north/2026",
    versions: "/changeQueries/v1/north/2026",
    dependencies: "/metadata/data/v3/north/2026/dependencies",
    token: "/north/oauth/token",
    wrong: "/data/v3/south/2026",
  },
  {
    name: "context",
    profiles: modern,
    options: { data, urlMode: "context" },
    ...prefixed("/2026"),
    wrong: "/2024/data/v3",
  },
  {
    name: "tenant",
    profiles: modern,
    options: { data: oneYear, urlMode: "tenant", tenant: "north" },
    ...prefixed("/north"),
    wrong: "/south/data/v3",
  },
  {
    name: "tenant-context",
    profiles: modern,
    options: { data, urlMode: "tenant-context", tenant: "north" },
    ...prefixed("/north/2026"),
    wrong: "/north/2024/data/v3",
  },
  {
    name: "dms",
    profiles: ["dms-8"],
    options: { data, urlMode: "tenant-context", tenant: "north" },
    data: "/north/2026/data",
    versions: "/north/2026/changeQueries/v1",
    dependencies: "/north/2026/metadata/dependencies",
    token: "/oauth/token/north/2026",
    wrong: "/south/2026/data",
  },
];

const size = (body: unknown) => (typeof body === "object" && body !== null ? Object.keys(body).length : 0);
const cases = modes.flatMap((mode) => mode.profiles.map((profile) => [mode.name, profile, mode] as const));

test.each(cases)(
  "S1 %s addresses of %s lead to the year, its versions and its metadata",
  async (_name, profile, mode) => {
    const sandbox = await startSandbox({ ...mode.options, profile });
    try {
      const token = await tokenFrom(sandbox.url + mode.token, sandbox);
      const status = async (path: string) => {
        const response = await fetch(sandbox.url + path, { headers: { authorization: `Bearer ${token}` } });
        return [response.status, response.ok ? size(await response.json()) : undefined];
      };
      expect(await status(`${mode.data}/ed-fi/students`)).toEqual([200, 3]);
      expect(await status(`${mode.versions}/availableChangeVersions`)).toEqual([200, 2]);
      expect((await status(mode.dependencies))[0]).toBe(200);
      expect((await status(`${mode.wrong}/ed-fi/students`))[0]).toBe(404);
    } finally {
      await sandbox.close();
    }
  },
);

test.each(legacy)(
  "S1 %s: discovery of a year-specific host tells the calendar's year, not the school's",
  async (profile) => {
    await using api = await discover({ data, profile, urlMode: "year", now: () => Date.UTC(2025, 9, 1) });
    expect(api.document).toMatchObject({
      apiMode: "Year Specific",
      urls: {
        dataManagementApi: `${api.sandbox.url}/data/v3/2025`,
        oauth: `${api.sandbox.url}/oauth/token`,
        dependencies: `${api.sandbox.url}/metadata/data/v3/2025/dependencies`,
      },
    });
    expect((await api.data("students")).json).toHaveLength(2);
  },
);

test.each(legacy)("S1 %s: discovery of an instance-year host leaves the instance open", async (profile) => {
  const options: SandboxOptions = { data, profile, urlMode: "instance-year", now: () => Date.UTC(2026, 2, 1) };
  await using api = await discover(options);
  expect(api.document).toMatchObject({
    apiMode: "Instance Year Specific",
    urls: {
      dataManagementApi: `${api.sandbox.url}/data/v3/{instance}/2026`,
      oauth: `${api.sandbox.url}/{instance}/oauth/token`,
    },
  });
});

test.each([
  ["ods-7.1", "/{tenantIdentifier}/{schoolYearFromRoute}/data/v3/", "/north/2026/data/v3/"],
  ["ods-7.3", "/{tenantIdentifier}/{schoolYearFromRoute}/data/v3/", "/north/2026/data/v3/"],
  ["dms-8", "/{tenant}/{schoolYear}/data", "/north/2026/data"],
] as const)(
  "S1 %s: discovery fills in what it was asked with and leaves the rest open",
  async (profile, open, filled) => {
    const options: SandboxOptions = { data, profile, urlMode: "tenant-context", tenant: "north" };
    await using root = await discover(options);
    expect(root.document.urls.dataManagementApi).toBe(root.sandbox.url + open);
    await using asked = await discover(options, "north/2026");
    expect(asked.document.urls.dataManagementApi).toBe(asked.sandbox.url + filled);
    expect((await asked.data("students")).json).toHaveLength(3);
    expect((await asked.get(`${asked.sandbox.url}/south/2026/`)).status).toBe(404);
  },
);

test.each(profileNames)(
  "S1 %s: an address that leads to no instance is told apart from an unknown resource",
  async (profile) => {
    const urlMode = legacy.includes(profile) ? "year" : "context";
    await using api = await discover(
      { data, profile, urlMode, now: () => Date.UTC(2026, 2, 1) },
      urlMode === "year" ? "" : "2026",
    );
    const wrong = api.document.urls.dataManagementApi.replace("2026", "2024").replace(/\/?$/, "/ed-fi/students");
    const { status, text } = await api.get(wrong);
    expect(status).toBe(404);
    expect(text).toContain("No ODS instance matching the available route values was found.");
    const unknown = await api.data("nothing");
    expect(unknown.status).toBe(404);
    expect(unknown.text).not.toContain("No ODS instance");
  },
);
