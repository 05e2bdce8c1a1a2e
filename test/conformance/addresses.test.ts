import { afterEach, expect, test } from "@jest/globals";
import {
  type ProfileName,
  profileNames,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../sandbox/sandbox.ts";
import type { Source } from "../../shared/config/sources.ts";
import { extract } from "../../shared/extract/extract.ts";
import { message, onlyManifest, origin, worldOf } from "../extract/district.ts";
import { folderOf, students } from "../sandbox/client.ts";

const data = {
  2025: await folderOf({ "students.jsonl": students(2) }),
  2026: await folderOf({ "students.jsonl": students(3) }),
};
const oneYear = { 2026: data[2026] };
/** In autumn the calendar says another year than the school. */
const autumn = (): number => Date.UTC(2025, 9, 1);

/** How one way of dividing addresses is served and configured, and where its things are then. */
interface Mode {
  readonly name: string;
  readonly profiles: readonly ProfileName[];
  readonly options: SandboxOptions;
  readonly settings: Partial<Source>;
  readonly data: string;
  readonly versions: string;
  readonly token: string;
}

const legacy: readonly ProfileName[] = ["ods-5.3", "ods-6.1"];
const modern: readonly ProfileName[] = ["ods-7.1", "ods-7.3"];
const years = { school_years: [2026] };
const north = { ...years, tenant: "north" };
const inFront = (prefix: string): Pick<Mode, "data" | "versions" | "token"> => ({
  data: `${prefix}/data/v3`,
  versions: `${prefix}/changeQueries/v1`,
  token: `${prefix}/oauth/token`,
});
const ofDms = (prefix: string): Pick<Mode, "data" | "versions" | "token"> => ({
  data: `${prefix}/data`,
  versions: `${prefix}/changeQueries/v1`,
  token: `/oauth/token${prefix}`,
});

const modes: readonly Mode[] = [
  {
    name: "shared instance",
    profiles: [...legacy, ...modern],
    options: { data: oneYear, urlMode: "plain" },
    settings: years,
    ...inFront(""),
  },
  {
    name: "year specific",
    profiles: legacy,
    options: { data, urlMode: "year", now: autumn },
    settings: years,
    data: "/data/v3/2026",
    versions: "/changeQueries/v1/2026",
    token: "/oauth/token",
  },
  {
    name: "instance and year",
    profiles: legacy,
    options: { data, urlMode: "instance-year", instance: "north", now: autumn },
    settings: { ...years, instance: "north" },
    data: "/data/v3/north/2026",
    versions: "/changeQueries/v1/north/2026",
    token: "/north/oauth/token",
  },
  { name: "context", profiles: modern, options: { data, urlMode: "context" }, settings: years, ...inFront("/2026") },
  {
    name: "tenant",
    profiles: modern,
    options: { data: oneYear, urlMode: "tenant", tenant: "north" },
    settings: north,
    ...inFront("/north"),
  },
  {
    name: "tenant and context",
    profiles: modern,
    options: { data, urlMode: "tenant-context", tenant: "north" },
    settings: north,
    ...inFront("/north/2026"),
  },
  {
    name: "Data Management Service",
    profiles: ["dms-8"],
    options: { data: oneYear, urlMode: "plain" },
    settings: years,
    ...ofDms(""),
  },
  {
    name: "Data Management Service with context",
    profiles: ["dms-8"],
    options: { data, urlMode: "context" },
    settings: years,
    ...ofDms("/2026"),
  },
  {
    name: "Data Management Service with tenant",
    profiles: ["dms-8"],
    options: { data: oneYear, urlMode: "tenant", tenant: "north" },
    settings: north,
    ...ofDms("/north"),
  },
  {
    name: "Data Management Service with tenant and context",
    profiles: ["dms-8"],
    options: { data, urlMode: "tenant-context", tenant: "north" },
    settings: north,
    ...ofDms("/north/2026"),
  },
];

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const year = message("students", { school_year: 2026 });
const cases = modes.flatMap((mode) => mode.profiles.map((profile) => [mode.name, profile, mode] as const));

test.each(cases)("E9 addresses of the mode %s on %s are asked exactly", async (_, profile, mode) => {
  sandbox = await startSandbox({ ...mode.options, profile });
  const world = worldOf(sandbox, mode.settings);
  expect(await extract(year, origin, world.ports)).toMatchObject({ status: "complete", rows: 3 });
  const asked = new Set(sandbox.requests.map(({ path }) => path));
  asked.delete("/");
  asked.delete(`${mode.data}/ed-fi/students/partitions`);
  expect(asked).toEqual(
    new Set([mode.token, `${mode.versions}/availableChangeVersions`, `${mode.data}/ed-fi/students`]),
  );
});

test.each(cases.filter(([, , { settings }]) => settings.tenant !== undefined || settings.instance !== undefined))(
  "E10 addresses of the mode %s on %s are refused where nobody fills their place",
  async (_, profile, mode) => {
    sandbox = await startSandbox({ ...mode.options, profile });
    const world = worldOf(sandbox, years);
    expect(await extract(year, origin, world.ports)).toMatchObject({ status: "failed" });
    expect(onlyManifest(world).error).toMatch(
      /leaves \{\w+\} open in its address \w+\. Set (tenant|instance) of this source/,
    );
    expect(sandbox.requests.map(({ path }) => path)).toEqual(["/"]);
  },
);

test.each(legacy)("E11 the school year that is configured wins over the calendar's on %s", async (profile) => {
  sandbox = await startSandbox({ data, profile, urlMode: "year", now: autumn });
  const world = worldOf(sandbox, { school_years: [2025, 2026] });
  for (const [school_year, rows] of [
    [2025, 2],
    [2026, 3],
  ] as const) {
    expect(await extract(message("students", { school_year }), origin, world.ports)).toMatchObject({ rows });
  }
});

const flag = "use-snapshot";
const name = "snapshot-identifier";

test.each([
  ["ods-5.3", "5.1", name],
  ["ods-5.3", "5.3", name],
  ["ods-5.3", "5.3-cqe", name],
  ["ods-6.1", "6.1", name],
  ["ods-7.1", "7.0", flag],
  ["ods-7.3", "7.3", flag],
  ["ods-7.3", "7.10.1-preview", flag],
  ["dms-8", "8.0", undefined],
  ["dms-8", "80.1", undefined],
] as const)(
  "E12 %s that says version %s is read, and asked for snapshots as that version is",
  async (profile, version, header) => {
    sandbox = await startSandbox({ data: oneYear, profile, version });
    await sandbox.apply({ op: "takeSnapshot", name: "NIGHT" });
    const sent = new Set<string>();
    const { http } = worldOf(sandbox).ports;
    const watching: typeof http = async (request) => {
      for (const known of [flag, name]) if (request.headers?.[known] !== undefined) sent.add(known);
      return http(request);
    };
    const world = worldOf(sandbox, { ...years, snapshot: "when_offered" }, { http: watching });
    expect(await extract(year, origin, world.ports)).toMatchObject({ status: "complete", rows: 3 });
    expect([...sent]).toEqual(header === undefined ? [] : [header]);
  },
);

test.each(profileNames)("E13 tokens of %s are fetched from the other host that discovery tells", async (profile) => {
  sandbox = await startSandbox({ data: oneYear, profile, separateTokenHost: true });
  const world = worldOf(sandbox, years);
  expect(await extract(year, origin, world.ports)).toMatchObject({ status: "complete", rows: 3 });
});

test.each(profileNames)("E15 the newest change version of %s is understood", async (profile) => {
  sandbox = await startSandbox({ data: oneYear, profile });
  const world = worldOf(sandbox, years);
  await extract(year, origin, world.ports);
  expect(onlyManifest(world).window.to).toBe("3");
});

test.each(profileNames)(
  "E14 discovery of %s is read once in a run, and asked for again when it fails",
  async (profile) => {
    sandbox = await startSandbox({ data: oneYear, profile, maxPageSize: 1 });
    sandbox.addFaults({ match: { path: "^/$" }, respond: { status: 503, problem: true }, times: 2 });
    const world = worldOf(sandbox, { ...years, page_size: 1 });
    expect(await extract(year, origin, world.ports)).toMatchObject({ status: "complete", rows: 3 });
    expect(sandbox.requests.filter(({ path }) => path === "/").map(({ status }) => status)).toEqual([503, 503, 200]);
  },
);
