import { afterEach, expect, test } from "@jest/globals";
import { type Answer, connectorWith, extractFrom, type RestApi, restApi, restWorld } from "./rest-api.ts";

const connector = connectorWith(`
records: { at: $.pupils, id: $.id }
errors:
  - { at: $.message, matches: "not authori[sz]ed", means: forbidden }
  - { at: $.message, means: failed }
  - { status: 403, matches: rate limit exceeded, means: passing }
  - { status: 401, at: $.errors, matches: not authorized, means: forbidden }
paging: { type: single }
endpoints: { pupils: { path: pupils, key: [$.id] } }
`);

let api: RestApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const good: Answer = { body: { pupils: [{ id: 1, message: "hello" }] } };

async function serve(...answers: Answer[]) {
  await api?.close();
  api = await restApi(({ nth }) => answers[nth] ?? answers.at(-1) ?? good);
  return restWorld(connector, api.url);
}

test("E77 an error in a body with status 200 ends the run, and nothing of it is loaded", async () => {
  const world = await serve({ body: { message: "The user is not authorised for this request" } });
  expect(await extractFrom(world, "pupils")).toMatchObject({
    status: "forbidden",
    ids: [],
    error: expect.stringMatching(/may not read pupils.*The source says: The user is not authorised/),
  });
  const failing = await serve({ body: { message: "Key token-of-clubs cannot be served" } });
  expect(await extractFrom(failing, "pupils")).toMatchObject({
    status: "failed",
    error: expect.stringMatching(/status 200. The source says: Key … cannot be served/),
  });
});

test("E77 a body that has the list is good whatever else it says", async () => {
  const world = await serve({ body: { message: "1 row", pupils: [{ id: 1 }] } });
  expect(await extractFrom(world, "pupils")).toMatchObject({ status: "complete", ids: ["1"] });
});

test("E77 E47 a body without the list that no rule knows is asked for again, and never taken for an empty one", async () => {
  const world = await serve({ body: {} }, { body: { pupils: null } }, { body: '{"message":"The us' }, good);
  expect(await extractFrom(world, "pupils")).toMatchObject({ status: "complete", ids: ["1"] });
  expect(api?.asked).toHaveLength(4);
});

test("E64 a 403 that is a throttle, and a 429, are waited for", async () => {
  const throttled = {
    status: 403,
    headers: { "content-type": "text/plain" },
    body: "403 Forbidden (Rate Limit Exceeded)\n",
  };
  const world = await serve(throttled, { status: 429 }, throttled, good);
  expect(await extractFrom(world, "pupils")).toMatchObject({ status: "complete", ids: ["1"] });
});

test("E64 any other 403 is a permission that is missing, and is not asked for again", async () => {
  const world = await serve({ status: 403, body: { message: "no" } });
  expect(await extractFrom(world, "pupils")).toMatchObject({ status: "forbidden" });
  expect(api?.asked).toHaveLength(1);
});

test("E65 a 401 that is about a permission is one that is missing; any other is about the token", async () => {
  const body = { status: "unauthorized", errors: [{ message: "user not authorized to perform that action" }] };
  expect(await extractFrom(await serve({ status: 401, body }), "pupils")).toMatchObject({ status: "forbidden" });
  const revoked = {
    status: 401,
    headers: { "www-authenticate": "Bearer" },
    body: { errors: [{ message: "Invalid access token." }] },
  };
  expect(await extractFrom(await serve(revoked), "pupils")).toMatchObject({
    status: "failed",
    error: expect.stringMatching(/revoked/),
  });
});
