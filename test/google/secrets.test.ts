import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { openSecretManager } from "../../shared/google/secrets.ts";
import { fakeClock } from "../fakes/clock.ts";

const value = '{"key":"k","secret":"planted"}';
const statusNames = new Map([
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [500, "INTERNAL"],
]);
const asked: string[] = [];
let status = 200;
let server: Server;
let endpoint: URL;

/** Secret Manager's own shape of an answer and of an error (its REST reference). */
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" });
    const error = { code: status, message: "no", status: statusNames.get(status) };
    const name = "projects/1/secrets/district/versions/3";
    const payload = { data: Buffer.from(value).toString("base64") };
    response.end(JSON.stringify(status === 200 ? { name, payload } : { error }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  asked.length = 0;
  status = 200;
});

describe("a secret of Secret Manager", () => {
  test("is read in its latest version, over HTTP, and kept for five minutes", async () => {
    const clock = fakeClock();
    const secrets = openSecretManager({ projectId: "demo", clock, endpoint });
    expect(await secrets.read("district")).toBe(value);
    expect(asked).toEqual([expect.stringMatching(/^\/v1\/projects\/demo\/secrets\/district\/versions\/latest:access/)]);
    await clock.sleep(4 * 60_000);
    expect(await secrets.read("district")).toBe(value);
    expect(asked).toHaveLength(1);
    await clock.sleep(60_001);
    expect(await secrets.read("district")).toBe(value);
    expect(asked).toHaveLength(2);
  });

  test.each([
    [404, "is not there"],
    [403, "may not be read"],
  ])("that answers %i (%s) is asked for no more, and named in the error", async (code) => {
    status = code;
    const secrets = openSecretManager({ projectId: "demo", clock: fakeClock(), endpoint });
    const reading = secrets.read("district");
    await expect(reading).rejects.toBeInstanceOf(PermanentError);
    await expect(reading).rejects.toThrow(/no secret "district".*in project demo/);
  });

  test("that cannot be had for now is asked for again with the next delivery", async () => {
    status = 500;
    const secrets = openSecretManager({ projectId: "demo", clock: fakeClock(), endpoint });
    await expect(secrets.read("district")).rejects.toBeInstanceOf(RetryableError);
    status = 200;
    expect(await secrets.read("district")).toBe(value);
  });
});
