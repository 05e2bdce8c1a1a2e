import { generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { NoTurn } from "../../shared/connector/gate.ts";
import { clientGrant, jwtGrant } from "../../shared/connector/grant.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../shared/connector/http.ts";
import { requestToken, type Token, TokenCache } from "../../shared/connector/token.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { fakeClock } from "../fakes/clock.ts";

const client = { url: "http://127.0.0.1:9/oauth/token", timeoutMs: 1000 };
const auth = { type: "oauth2_client_credentials", token_url: "{urls.oauth}", client: "basic_header" } as const;
const grant = clientGrant(auth, "the-key", "the-secret");

function answering(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpClient & { sent: HttpRequest[] } {
  const sent: HttpRequest[] = [];
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const http = async (request: HttpRequest): Promise<HttpAnswer> => {
    sent.push(request);
    return { status, headers: new Headers(headers), body: Buffer.from(text) };
  };
  return Object.assign(http, { sent });
}

async function seconds(body: unknown): Promise<number> {
  const clock = fakeClock();
  const token = await requestToken(answering(200, body), clock, { ...client, grant });
  return (token.usableUntil - clock.now().getTime()) / 1000;
}

describe("requestToken", () => {
  test("E1 sends the credentials in the header and not in the body", async () => {
    const http = answering(200, { access_token: "t", expires_in: 1800 });
    await requestToken(http, fakeClock(), { ...client, grant });
    expect(http.sent[0]?.headers?.authorization).toBe(`Basic ${Buffer.from("the-key:the-secret").toString("base64")}`);
    expect(http.sent[0]?.form).toEqual({ grant_type: "client_credentials" });
  });

  test("E1 sends them in the body and not in the header", async () => {
    const http = answering(200, { access_token: "t", expires_in: 1800 });
    await requestToken(http, fakeClock(), {
      ...client,
      grant: clientGrant({ ...auth, client: "body", scope: "255901" }, "the-key", "the-secret"),
    });
    expect(http.sent[0]?.headers).toEqual({ accept: "application/json" });
    expect(http.sent[0]?.form).toEqual({
      grant_type: "client_credentials",
      client_id: "the-key",
      client_secret: "the-secret",
      scope: "255901",
    });
  });

  test.each([
    ["a number", { access_token: "t", expires_in: 1800 }, 1680],
    ["a text", { access_token: "t", expires_in: "3599" }, 3479],
    ["nothing", { access_token: "t" }, 30],
    ["null", { access_token: "t", expires_in: null }, 30],
    ["no number at all", { access_token: "t", expires_in: "soon" }, 30],
    ["less than two minutes", { access_token: "t", expires_in: 90 }, 45],
  ])("E8 takes a life of %s", async (_, body, expected) => {
    expect(await seconds(body)).toBe(expected);
  });

  test.each([400, 401, 403])("takes status %i for refused credentials, and says so without them", async (status) => {
    const asked = requestToken(
      answering(status, { error: "invalid_client", error_description: "the-secret" }),
      fakeClock(),
      { ...client, grant },
    );
    await expect(asked).rejects.toBeInstanceOf(PermanentError);
    await expect(asked).rejects.toThrow(/refused the credentials.*Check the key and secret/);
    await expect(asked).rejects.not.toThrow(/the-secret/);
  });

  test("waits as long as the source says when there are too many tokens", async () => {
    const http = answering(429, {}, { "retry-after": "9" });
    await expect(requestToken(http, fakeClock(), { ...client, grant })).rejects.toMatchObject({
      name: "RetryableError",
      details: { status: 429, wait_ms: 9000 },
    });
  });

  test.each(["<html>", "[]", '{"expires_in":5}', '{"access_token":""}'])("asks again after %j", async (body) => {
    await expect(requestToken(answering(200, body), fakeClock(), { ...client, grant })).rejects.toBeInstanceOf(
      RetryableError,
    );
  });
});

describe("a signed assertion", () => {
  const jwt = {
    type: "oauth2_jwt_bearer",
    token_url: "{token}/token",
    issuer: "client_email",
    private_key: "private_key",
    subject: "subject",
    scope: "read.all",
  } as const;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const grantOf = (secret: Record<string, string>) =>
    jwtGrant(jwt, "https://tokens.example/token", (name) => secret[name] ?? "", fakeClock("2026-11-21T03:00:00Z"));

  test("E1 says who asks, for whom, for what and until when, signed with the account's key", () => {
    const { headers, form } = grantOf({ client_email: "rollcall@example", private_key: pem, subject: "head@school" });
    expect([headers, form?.grant_type]).toEqual([{}, "urn:ietf:params:oauth:grant-type:jwt-bearer"]);
    const [head = "", claims = "", signature = ""] = (form?.assertion ?? "").split(".");
    const text = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    const at = Date.parse("2026-11-21T03:00:00Z") / 1000;
    expect(text(head)).toEqual({ alg: "RS256", typ: "JWT" });
    expect(text(claims)).toEqual({
      ...{ iss: "rollcall@example", sub: "head@school", scope: "read.all" },
      ...{ aud: "https://tokens.example/token", iat: at, exp: at + 3600 },
    });
    const signed = Buffer.from(signature, "base64url");
    expect(verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), publicKey, signed)).toBe(true);
  });

  test("acts for nobody else when the secret names nobody", () => {
    const { form } = grantOf({ client_email: "rollcall@example", private_key: pem });
    const [, claims = ""] = (form?.assertion ?? "").split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString("utf8"))).not.toHaveProperty("sub");
  });

  test("E7 a key that is none is told without quoting it", () => {
    const broken = () => grantOf({ client_email: "rollcall@example", private_key: "not-a-key-at-all" });
    expect(broken).toThrow(PermanentError);
    expect(broken).toThrow(/private_key of the source's secret is no private key/);
    expect(broken).not.toThrow(/not-a-key-at-all/);
  });
});

describe("the cache of tokens", () => {
  function counting(lifeMs = 60_000) {
    const clock = fakeClock();
    let count = 0;
    const request = async (): Promise<Token> => {
      count += 1;
      const value = `t${count}`;
      await Promise.resolve();
      return { value, usableUntil: clock.now().getTime() + lifeMs };
    };
    const cache = new TokenCache();
    return { clock, cache, get: () => cache.get("client", clock, request), count: () => count };
  }

  test("E2 asks once for many at the same time", async () => {
    const { get, count } = counting();
    const tokens = await Promise.all(Array.from({ length: 100 }, get));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["t1"]));
    expect(count()).toBe(1);
  });

  test("E2 keeps a token until it should no longer be used", async () => {
    const { clock, get, count } = counting();
    await get();
    clock.advance(59_999);
    expect((await get()).value).toBe("t1");
    clock.advance(1);
    expect((await get()).value).toBe("t2");
    expect(count()).toBe(2);
  });

  test("E6 drops a token that was refused, but not a newer one", async () => {
    const { cache, get } = counting();
    const first = await get();
    cache.drop("client", first);
    expect((await get()).value).toBe("t2");
    cache.drop("client", first);
    expect((await get()).value).toBe("t2");
  });

  test("does not keep a failure", async () => {
    const clock = fakeClock();
    const cache = new TokenCache();
    const failing = (): Promise<Token> => Promise.reject(new RetryableError("down"));
    const both = [cache.get("c", clock, failing), cache.get("c", clock, failing)];
    await expect(Promise.all(both)).rejects.toThrow("down");
    await Promise.allSettled(both);
    const token = { value: "t", usableUntil: clock.now().getTime() + 1 };
    expect(await cache.get("c", clock, async () => token)).toBe(token);
  });

  test("asks again for whoever has time left, when the one who asked had none", async () => {
    const clock = fakeClock();
    const cache = new TokenCache();
    const token = { value: "t", usableUntil: clock.now().getTime() + 1 };
    const late = cache.get("c", clock, () => Promise.reject(new NoTurn()));
    const other = cache.get("c", clock, async () => token);
    await expect(late).rejects.toThrow(NoTurn);
    expect(await other).toBe(token);
  });
});
