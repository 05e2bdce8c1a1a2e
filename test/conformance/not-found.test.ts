import { afterEach, expect, test } from "@jest/globals";
import { profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { extract } from "../../shared/extract/extract.ts";
import { district, message, onlyManifest, origin, worldOf } from "../extract/district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

test.each(profileNames)("E40 %s without change queries is read whole", async (profile) => {
  sandbox = await district(7, { profile, changeQueries: false });
  const world = worldOf(sandbox);
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 7 });
  expect(onlyManifest(world)).toMatchObject({ mode: "full", window: { from: null, to: null } });
});

test.each(profileNames)("E44 an endpoint that %s has not is unsupported", async (profile) => {
  sandbox = await district(3, { profile });
  const world = worldOf(sandbox);
  expect(await extract(message("contacts"), origin, world.ports)).toMatchObject({ status: "unsupported" });
});

test.each(profileNames)(
  "E44 an endpoint that %s has not is unsupported where nothing else may be read",
  async (profile) => {
    sandbox = await district(3, { profile, claims: { students: { read: false } } });
    const world = worldOf(sandbox);
    expect(await extract(message("contacts"), origin, world.ports)).toMatchObject({ status: "unsupported" });
  },
);

const nothing = [
  ["an empty answer", { status: 404, body: "" }],
  ["a gateway's page", { status: 404, html: true }],
  ["the version's own error", { status: 404, problem: true as const }],
] as const;

test.each(profileNames.flatMap((profile) => nothing.map(([what, respond]) => [profile, what, respond] as const)))(
  "E44 %s that answers everything with 404 and %s is a wrong address",
  async (profile, _, respond) => {
    sandbox = await district(3, { profile });
    sandbox.addFaults({ match: { path: "/data|/changeQueries" }, respond });
    const world = worldOf(sandbox);
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
    expect(onlyManifest(world).error).toMatch(/nothing at this address.*Check url/);
  },
);
