import { afterEach, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { extract } from "../../shared/extract/extract.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import { school } from "../sandbox/school.ts";
import { district, idsOf, message, onlyManifest, origin, studentIds, worldOf } from "./district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const tokenCalls = (served: Sandbox): number => served.requests.filter(({ path }) => path === "/oauth/token").length;

/** Everything that a run leaves behind or says. */
function traces(world: ExtractWorld): string {
  const objects = [...world.landing.objects, ...world.control.objects].map(([name, { body }]) => `${name} ${body}`);
  return [JSON.stringify(world.log.lines), JSON.stringify(world.topic.messages), ...objects].join("\n");
}

test("E2 E3 many extractions at the same time ask for one token", async () => {
  sandbox = await district(school, { tokenLimit: 1 });
  const world = worldOf(sandbox);
  const endpoints = ["schools", "students", "sessions", "course_offerings", "sections", "grades", "class_periods"];
  const summaries = await Promise.all(endpoints.map((endpoint) => extract(message(endpoint), origin, world.ports)));
  expect(summaries.map(({ status }) => status)).toEqual(endpoints.map(() => "complete"));
  expect(tokenCalls(sandbox)).toBe(1);
});

test("E4 a token that ends in the middle of a walk is renewed, and no page comes twice", async () => {
  sandbox = await district(200, { maxPageSize: 10, smallPartitions: true });
  const world = worldOf(sandbox, { page_size: 10 });
  const { http } = world.ports;
  let requests = 0;
  const expiring: typeof http = async (request) => {
    requests += 1;
    if (requests % 9 === 0) sandbox?.expireTokens();
    return http(request);
  };
  const ports = { ...world.ports, http: expiring };
  expect(await extract(message("students"), origin, ports)).toMatchObject({ status: "complete", rows: 200 });
  expect(idsOf(world)).toEqual(studentIds(200));
  expect(tokenCalls(sandbox)).toBeGreaterThan(2);
});

test("E5 a client that was revoked ends the run with a message that says so", async () => {
  sandbox = await district(30, { maxPageSize: 10 });
  sandbox.addFaults({
    match: { query: "pageToken" },
    respond: { status: 401, body: { detail: "Authentication Failed" } },
  });
  const world = worldOf(sandbox, { page_size: 10 });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
  expect(onlyManifest(world).error).toMatch(/refused a fresh token.*revoked/);
});

describe("secrets", () => {
  test("E7 and tokens are in nothing that a run leaves behind or says, however it ends", async () => {
    sandbox = await district(30, { maxPageSize: 10, secret: "planted-secret" });
    const given: string[] = [];
    sandbox.addFaults([
      { match: { path: "/oauth/token", nth: 1 }, respond: { status: 500, body: { detail: "planted-secret" } } },
      { match: { query: "pageToken", nth: 1 }, respond: { html: true } },
      { match: { query: "pageToken", nth: 3 }, respond: { status: 400, body: { detail: "no planted-secret here" } } },
    ]);
    const world = worldOf(sandbox, { page_size: 10 });
    const { http } = world.ports;
    const watching: typeof http = async (request) => {
      given.push((request.headers?.authorization ?? "").replace(/^\w+ /, ""));
      return http(request);
    };
    const ports = { ...world.ports, http: watching };
    expect(await extract(message("students"), origin, ports)).toMatchObject({ status: "failed" });
    expect(await extract(message("students", { mode: "full" }), { ...origin, messageId: "2" }, ports)).toMatchObject({
      status: "complete",
    });
    const credentials = new Set([...given, "planted-secret"].filter(Boolean));
    expect(credentials.size).toBeGreaterThan(2);
    for (const credential of credentials) expect(traces(world)).not.toContain(credential);
    expect(world.manifests().map(({ error }) => error)).toContain(
      "The source refused the request with status 400. The source says: no … here",
    );
  });
});
