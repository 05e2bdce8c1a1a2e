import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FaultInput } from "../../sandbox/http/faults.ts";
import { log, setLogSink } from "../../shared/log.ts";
import { assessment, result, row, startWorld, type World } from "../deliver/world.ts";
import { found, planted, sentence } from "./words.ts";

// A delivery whose target quotes students and credentials in every answer. What it says of a record may stand in ops.deliveries, for whoever mends
// the record, and nowhere else.

const logged: string[] = [];

beforeAll(() =>
  setLogSink((severity, message, fields) => logged.push(JSON.stringify({ severity, message, ...fields }))),
);
afterAll(() => setLogSink(undefined));

type Respond = NonNullable<FaultInput["respond"]>;

const headers = { "x-student": planted.studentId, "set-cookie": `id=${planted.cookie}`, "x-request-id": planted.email };
const problem = {
  type: `urn:ed-fi:${planted.surname}`,
  title: sentence,
  detail: sentence,
  message: sentence,
  error: sentence,
  errors: [sentence],
  validationErrors: { [`$.${planted.surname}`]: [sentence] },
};

const faults: [string, Respond][] = [
  ...[400, 401, 403, 404, 409, 412, 500].map((status): [string, Respond] => [
    `an error ${status}`,
    { status, headers, body: problem },
  ]),
  ["a page of HTML", { status: 200, headers, html: `<html><title>${sentence}</title></html>` }],
  ["an error page", { status: 502, headers, html: `<html><title>${sentence}</title></html>` }],
];

const places: [string, NonNullable<FaultInput["match"]>][] = [
  ["the token", { path: "/oauth/token" }],
  ["discovery", { path: "^/?$" }],
  ["the description of its records", { path: "swagger|openapi|metadata" }],
  ["a record that is sent", { method: "POST", resource: "studentAssessments" }],
];

/** All that the delivery leaves behind or says, but its ledger; in control, what it leaves when it has ended. */
function traces(world: World, ended: unknown): string {
  const objects = [...world.control.objects].map(([name, { body }]) =>
    name.includes("/journal/") ? name : `${name} ${body}`,
  );
  const said = ended instanceof Error ? [ended.message, ended.stack] : ended;
  return JSON.stringify([logged, said, objects, world.topic.messages]);
}

async function deliverWith(match: FaultInput["match"], respond: Respond): Promise<{ world: World; ended: unknown }> {
  const world = await startWorld({ ports: { log }, key: planted.key, secret: planted.secret });
  world.set("assessments", [row("Math", assessment("Math"))]);
  const document = { ...result("r1"), studentReference: { studentUniqueId: planted.studentId } };
  world.set("results", [row(`${planted.studentId}|MAP`, document)]);
  if (match) world.sandbox.addFaults({ match, respond });
  logged.length = 0;
  const ended = await world.run().catch((error: unknown) => error);
  return { world, ended };
}

describe.each(places)("in place of %s of a target", (_, match) => {
  test.each(faults)("what %s quotes is in nothing that is left behind or said but the ledger", async (__, respond) => {
    const { world, ended } = await deliverWith(match, respond);
    await using _world = world;
    const status = respond.status ?? 200;
    expect(world.sandbox.requests.some((request) => request.status === status)).toBe(true);
    expect(found(traces(world, ended))).toEqual([]);
  });
});

test("a delivery that goes well says nothing of whom it is about", async () => {
  const { world, ended } = await deliverWith(undefined, {});
  await using _world = world;
  expect(JSON.stringify(world.payloads.ledger)).toContain(planted.studentId);
  expect(found(traces(world, ended))).toEqual([]);
  expect(logged.join()).toContain("delivery finished");
});
