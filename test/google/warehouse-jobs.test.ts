import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { fakeClock } from "../fakes/clock.ts";

interface Ended {
  readonly reason: string;
  readonly message: string;
}

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, reason: string): void {
  answer(response, code, { error: { code, message: reason, errors: [{ reason, message: reason }] } });
}

/**
 * A BigQuery that keeps jobs by their id as the real one does: the first insert makes it, another is told that it is there. `endOf` says
 * how a job ends; `lose` says of an insert whether its answer is lost after the job was taken.
 */
async function bigquery(endOf: (id: string) => Ended | undefined, lose: (inserts: number) => boolean = () => false) {
  const jobs = new Set<string>();
  const asked: string[] = [];
  const metadata = (id: string) => {
    const errorResult = endOf(id);
    return {
      id: `p:US.${id}`,
      jobReference: { projectId: "p", jobId: id, location: "US" },
      status: { state: "DONE", ...(errorResult ? { errorResult } : {}) },
      statistics: { load: { outputRows: "7" } },
    };
  };
  server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    if (request.method === "GET") {
      answer(response, 200, metadata(/\/jobs\/([^/?]+)/.exec(request.url ?? "")?.[1] ?? ""));
      return;
    }
    const id = (JSON.parse(text) as { jobReference: { jobId: string } }).jobReference.jobId;
    asked.push(id);
    const isThere = jobs.has(id);
    jobs.add(id);
    if (lose(asked.length)) refuse(response, 503, "backendError");
    else if (isThere) refuse(response, 409, "duplicate");
    else answer(response, 200, metadata(id));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const warehouse = openWarehouse({ projectId: "p", location: "US", clock: fakeClock(), endpoint });
  const load = () =>
    warehouse.load({ jobId: "load_r1", dataset: "raw_edfi", table: "students", fields: [], uris: ["gs://b/part"] });
  return { jobs, asked, load };
}

const passing: Ended = { reason: "backendError", message: "try again" };
const lasting: Ended = { reason: "invalid", message: "Bad int64 value: Quintanilla" };

describe("a job with a derived id", () => {
  test("that was taken although the answer was lost runs once", async () => {
    const { jobs, asked, load } = await bigquery(
      () => undefined,
      (inserts) => inserts === 1,
    );
    // Whether the client asks again by itself or the message is delivered again: the id is the same, and the job is found.
    const first = await load().catch((error: unknown) => error);
    if (first instanceof RetryableError) expect(await load()).toEqual({ rows: 7 });
    else expect(first).toEqual({ rows: 7 });
    expect(asked).toEqual(["load_r1", "load_r1"]);
    expect([...jobs]).toEqual(["load_r1"]);
  });

  test("that is asked for by two deliveries is waited for by both", async () => {
    const { jobs, load } = await bigquery(() => undefined);
    expect(await Promise.all([load(), load()])).toEqual([{ rows: 7 }, { rows: 7 }]);
    expect([...jobs]).toEqual(["load_r1"]);
  });

  test("that failed in a way that passes is run again under the next id", async () => {
    const { asked, load } = await bigquery((id) => (id === "load_r1" ? passing : undefined));
    expect(await load()).toEqual({ rows: 7 });
    expect(asked).toEqual(["load_r1", "load_r1_a2"]);
  });

  test("that fails again and again is given back, not tried for ever", async () => {
    const { asked, load } = await bigquery(() => passing);
    await expect(load()).rejects.toBeInstanceOf(RetryableError);
    expect(asked).toHaveLength(12);
  });

  test("that failed for good is not run again, and its error quotes no value", async () => {
    const { asked, load } = await bigquery(() => lasting);
    const failure = await load().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(String(failure)).not.toContain("Quintanilla");
    expect(asked).toEqual(["load_r1"]);
  });

  test("that failed for good at an earlier delivery is tried once more, for its cause may have been mended", async () => {
    let isMended = false;
    const { asked, load } = await bigquery((id) => (id === "load_r1" || !isMended ? lasting : undefined));
    await expect(load()).rejects.toBeInstanceOf(PermanentError);
    isMended = true;
    expect(await load()).toEqual({ rows: 7 });
    expect(asked).toEqual(["load_r1", "load_r1", "load_r1_a2"]);
  });
});
