import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { PermanentError } from "../../shared/errors.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";

let server: Server | undefined;
const asked: string[] = [];

afterEach(() => {
  server?.close();
  asked.length = 0;
});

/** A BigQuery that answers as `answer` says, and as one whose caller may not do it otherwise. */
async function bigquery(answer: (request: IncomingMessage) => number) {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split("?")[0]?.split("/projects/p/").at(-1)}`);
    request.resume();
    const status = answer(request);
    const reason = status === 403 ? "accessDenied" : "notFound";
    const body =
      status === 200 ? { id: "p:marts" } : { error: { code: status, message: reason, errors: [{ reason }] } };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return openWarehouse({ projectId: "p", location: "US", clock: systemClock, endpoint: `http://127.0.0.1:${port}` });
}

describe("a dataset", () => {
  test("that is there needs no right to create datasets", async () => {
    const warehouse = await bigquery(({ method }) => (method === "GET" ? 200 : 403));
    await warehouse.ensureDataset("marts");
    expect(asked).toEqual(["GET datasets/marts"]);
  });

  test("that is missing is created", async () => {
    const warehouse = await bigquery(({ method }) => (method === "GET" ? 404 : 200));
    await warehouse.ensureDataset("marts");
    expect(asked).toEqual(["GET datasets/marts", "POST datasets"]);
  });

  test("that may not be looked at is an error that names it", async () => {
    const warehouse = await bigquery(() => 403);
    const failure = warehouse.ensureDataset("marts");
    await expect(failure).rejects.toThrow(PermanentError);
    await expect(failure).rejects.toThrow("marts could not be looked at");
  });
});
