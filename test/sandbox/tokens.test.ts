import { expect, test } from "@jest/globals";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import { answerOf, at, basic, connect, fetchToken, folderOf, requestToken, students } from "./client.ts";

const folder = await folderOf({
  "students.jsonl": students(2),
  "localEducationAgencies.jsonl": [{ id: "a1", localEducationAgencyId: 255901, nameOfInstitution: "Grand Bend ISD" }],
});
const options: SandboxOptions = { data: folder, key: "k", secret: "s", tokenSeconds: 900 };
const good = { authorization: basic("k", "s") };

test("A token comes by basic header, by form and by JSON body", async () => {
  await using api = await connect(options);
  const answers = [
    await requestToken(api.sandbox, good, "grant_type=client_credentials"),
    await requestToken(api.sandbox, {}, "grant_type=client_credentials&client_id=k&client_secret=s"),
    await requestToken(
      api.sandbox,
      { "content-type": "application/json" },
      JSON.stringify({ grant_type: "client_credentials", client_id: "k", client_secret: "s" }),
    ),
  ];
  for (const { status, headers, json } of answers) {
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(json).toEqual({
      access_token: expect.stringMatching(/^[0-9a-f]{32}$/),
      expires_in: 900,
      token_type: "bearer",
    });
  }
});

test.each([
  ["a wrong secret", { authorization: basic("k", "x") }, "grant_type=client_credentials", 401, "invalid_client"],
  ["a wrong key", {}, "grant_type=client_credentials&client_id=x&client_secret=s", 401, "invalid_client"],
  ["no credentials", {}, "grant_type=client_credentials", 401, "invalid_request"],
  [
    "both kinds of credentials",
    good,
    "grant_type=client_credentials&client_id=k&client_secret=s",
    400,
    "invalid_client",
  ],
  ["no grant type", good, "", 400, "unsupported_grant_type"],
  ["another grant type", good, "grant_type=password", 400, "unsupported_grant_type"],
  ["a foreign scope", good, "grant_type=client_credentials&scope=1", 400, "invalid_scope"],
])(
  "A token request with %s is refused in the shape of OAuth",
  async (_name, headers: Record<string, string>, body, status, error) => {
    await using api = await connect(options);
    const answer = await requestToken(api.sandbox, headers, body);
    expect([answer.status, answer.json]).toEqual([status, { error }]);
  },
);

test("A token may be narrowed to an education organization that the client owns", async () => {
  await using api = await connect(options);
  const answer = await requestToken(api.sandbox, good, "grant_type=client_credentials&scope=255901");
  expect(answer.status).toBe(200);
});

test("The sixteenth live token is refused until one expires", async () => {
  let now = 0;
  await using api = await connect({ ...options, now: () => now });
  for (let count = 1; count < 15; count += 1) {
    await fetchToken(api.sandbox);
  }
  const refused = await requestToken(api.sandbox, good, "grant_type=client_credentials");
  expect(refused.status).toBe(429);
  expect(refused.json).toMatchObject({
    type: "urn:ed-fi:api:security:authentication:too-many-tokens",
    status: 429,
    errors: [
      "Too many access tokens have been requested (limit is 15). Access tokens should be reused until they expire.",
    ],
  });
  now += 900_000;
  expect((await requestToken(api.sandbox, good, "grant_type=client_credentials")).status).toBe(200);
});

test("The limit can be lifted", async () => {
  await using api = await connect({ ...options, tokenLimit: null });
  for (let count = 0; count < 20; count += 1) {
    expect(await fetchToken(api.sandbox)).toMatch(/^[0-9a-f]{32}$/);
  }
});

test.each([
  ["no header", undefined, "Authorization header is missing."],
  ["another scheme", "Basic abc", "Unknown Authorization header scheme."],
  ["no value", "Bearer", "Missing Authorization header bearer token value."],
  ["two values", "Bearer a b", "Invalid Authorization header."],
  ["an unknown token", "Bearer 00000000000000000000000000000000", "Invalid token"],
])("A request with %s is a 401 problem", async (_name, authorization, error) => {
  await using api = await connect(options);
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  for (const path of [at("students"), "/changeQueries/v1/availableChangeVersions"]) {
    const answer = await answerOf(await fetch(api.sandbox.url + path, { headers }));
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({
      type: "urn:ed-fi:api:security:authentication",
      title: "Authentication Failed",
      status: 401,
      errors: [error],
    });
  }
});

test("A token ends after its time, or when all are ended", async () => {
  let now = 0;
  await using api = await connect({ ...options, now: () => now });
  now = 899_999;
  expect((await api.get(at("students"))).status).toBe(200);
  now = 900_000;
  expect((await api.get(at("students"))).status).toBe(401);
  const fresh = { authorization: `Bearer ${await fetchToken(api.sandbox)}` };
  expect((await api.get(at("students"), fresh)).status).toBe(200);
  expect((await api.post("/sandbox/expire-tokens", "")).status).toBe(200);
  expect((await api.get(at("students"), fresh)).status).toBe(401);
});

test("Introspection says whose token it is and what its claim set grants", async () => {
  await using api = await connect({ ...options, claimSetName: "Reader", claims: { students: { readChanges: false } } });
  const response = await fetch(`${api.sandbox.url}/oauth/token_info`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.token}` },
    body: new URLSearchParams({ token: api.token }),
  });
  expect(await response.json()).toMatchObject({
    active: true,
    client_id: "k",
    education_organizations: [{ education_organization_id: 255901, name_of_institution: "Grand Bend ISD" }],
    claim_set: { name: "Reader" },
    resources: expect.arrayContaining([
      { resource: "/ed-fi/students", operations: ["Read"] },
      { resource: "/ed-fi/localEducationAgencies", operations: ["Read", "ReadChanges"] },
    ]),
  });
});

test("A claim set withholds a resource, or one action on it", async () => {
  await using api = await connect({
    ...options,
    claimSetName: "Reader",
    claims: { students: { readChanges: false }, localEducationAgencies: { read: false, readChanges: false } },
  });
  expect((await api.get(at("students"))).status).toBe(200);
  for (const feed of ["deletes", "keyChanges"]) {
    const answer = await api.get(`${at("students")}/${feed}`);
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({
      type: "urn:ed-fi:api:security:authorization:access-denied:action",
      title: "Authorization Denied",
      detail: "Access to the resource could not be authorized.",
      errors: [
        "The API client's assigned claim set (currently 'Reader') must grant permission of the 'ReadChanges' action on one of the following resource claims: 'students', 'people'.",
      ],
    });
  }
  const denied = await api.get(at("localEducationAgencies"));
  expect(denied.status).toBe(403);
  expect(denied.json).toMatchObject({ type: "urn:ed-fi:api:security:authorization:access-denied:resource" });
});
