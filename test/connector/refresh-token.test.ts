import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type CanvasSandbox, startCanvas } from "../../sandbox/canvas/canvas.ts";
import { parseConnector } from "../../shared/config/connector.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectors, type ExtractWorld } from "../fakes/extract-world.ts";
import { extractFrom, restWorld } from "./rest-api.ts";

const connector = connectors.get("canvas");
if (!connector) throw new Error("There is no connectors/canvas.yaml.");

let canvas: CanvasSandbox;
afterEach(async () => await canvas.close());

/** What a developer key and a granted login are in a secret. */
const login = () => ({
  client_id: canvas.clientId,
  CLIENT_SECRET: canvas.clientSecret,
  refresh_token: canvas.refreshToken,
});

async function serve(secret: () => object = login, clock = fakeClock()): Promise<ExtractWorld> {
  canvas = await startCanvas({ tokenSeconds: 3600, now: () => clock.now().getTime() });
  if (!connector) throw new Error("unreachable");
  const secrets = { read: async () => JSON.stringify(secret()) };
  return restWorld(connector, canvas.url, { secrets, clock });
}

const tokensAsked = (): number => canvas.requests.filter(({ path }) => path === "/login/oauth2/token").length;

describe("a login by refresh token", () => {
  test("E3 gets one token for all that ask, in each instance, and another when it ends", async () => {
    const clock = fakeClock();
    const world = await serve(login, clock);
    expect(await extractFrom(world, "terms")).toMatchObject({ status: "complete" });
    // Another instance knows nothing of it but what is shared, sealed.
    const other: ExtractWorld = { ...world, ports: { ...world.ports, tokens: new TokenCache() } };
    expect(await extractFrom(other, "courses", { at: "2026-11-21T03:10:00Z" })).toMatchObject({ status: "complete" });
    expect(tokensAsked()).toBe(1);
    const shared = JSON.stringify([...world.control.objects]);
    for (const secret of [canvas.refreshToken, canvas.clientSecret, canvas.token]) expect(shared).not.toContain(secret);
    clock.advance(3600_000);
    expect(await extractFrom(world, "terms", { at: "2026-11-21T05:00:00Z" })).toMatchObject({ status: "complete" });
    expect(tokensAsked()).toBe(2);
  });

  test("E4 asks for a new token once when the one it has is refused", async () => {
    const world = await serve();
    await extractFrom(world, "terms");
    canvas.expireTokens();
    expect(await extractFrom(world, "terms", { at: "2026-11-21T04:00:00Z" })).toMatchObject({ status: "complete" });
    expect(tokensAsked()).toBe(2);
  });

  test("that was taken back ends the run and says so, without the credentials", async () => {
    const world = await serve(() => ({ ...login(), refresh_token: "planted-refresh-token" }));
    const { status, error } = await extractFrom(world, "terms");
    expect(status).toBe("failed");
    expect(error).toMatch(/refused the credentials/);
    expect(error).not.toContain("planted");
  });

  test("is not needed where the secret has an access token, and one or the other has to be there", async () => {
    const world = await serve(() => ({ ...login(), token: canvas.token }));
    expect(await extractFrom(world, "terms")).toMatchObject({ status: "complete" });
    expect(tokensAsked()).toBe(0);
    await canvas.close();
    const without = await serve(() => ({ client_id: "1", refresh_token: "2" }));
    expect(await extractFrom(without, "terms")).toMatchObject({
      status: "failed",
      error: expect.stringContaining("with the fields token; or client_id, client_secret, refresh_token"),
    });
  });

  test("names fields that the secret lists", () => {
    const text = readFileSync("connectors/canvas.yaml", "utf8").replace(", refresh_token]", "]");
    expect(() => parseConnector(text, "canvas.yaml")).toThrow(/auth_instead: the secret has no field "refresh_token"/);
  });
});
