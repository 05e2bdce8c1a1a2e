import { afterEach, expect, test } from "@jest/globals";
import { type FormsOptions, type FormsSandbox, startForms } from "../../sandbox/forms/forms.ts";
import { connectors, type ExtractWorld } from "../fakes/extract-world.ts";
import { extractFrom, restWorld } from "./rest-api.ts";

const connector = connectors.get("forms");
if (!connector) throw new Error("There is no connectors/forms.yaml.");

let forms: FormsSandbox;
afterEach(async () => await forms.close());

/** The account's address, should it not be the right one. */
async function serve(options: FormsOptions = {}, address?: string): Promise<ExtractWorld> {
  forms = await startForms(options);
  if (!connector) throw new Error("unreachable");
  const secret = { client_email: address ?? forms.clientEmail, private_key: forms.privateKey };
  const source = `    addresses: { token: "${forms.url}", drive: "${forms.url}" }\n`;
  return restWorld(connector, forms.url, { secrets: { read: async () => JSON.stringify(secret) }, source });
}

test("every form that the account sees is read, with its responses, page by page", async () => {
  const world = await serve({ maxPageSize: 3 });
  const counts: Record<string, number> = {};
  for (const endpoint of ["files", "forms", "responses"]) {
    const { status, ids, error } = await extractFrom(world, endpoint);
    expect([endpoint, status, error]).toEqual([endpoint, "complete", null]);
    counts[endpoint] = new Set(ids).size;
  }
  expect(counts).toEqual({ files: 3, forms: 3, responses: 17 });
  expect(forms.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
});

test("a form is one record, whole, and a response says to which form it belongs", async () => {
  const world = await serve();
  const { data } = await extractFrom(world, "forms");
  expect(data.map(({ info, items = [] }) => [info, (items as unknown[]).length])).toEqual([
    [{ title: "School climate, spring", documentTitle: "School climate, spring" }, 12],
    [{ title: "Lunch", documentTitle: "Lunch" }, 2],
    [{ title: "Field trip", documentTitle: "Field trip" }, 0],
  ]);
  const responses = (await extractFrom(world, "responses")).data;
  expect(new Set(responses.map(({ _parents }) => JSON.stringify(_parents))).size).toBe(2);
  expect(responses.every(({ formId }) => formId === undefined)).toBe(true);
});

test("an account that is refused is a clear failure, and nothing is loaded", async () => {
  const world = await serve({}, "stranger@example.com");
  const error = expect.stringContaining("refused the credentials");
  expect(await extractFrom(world, "files")).toMatchObject({ status: "failed", ids: [], error });
});

test("E4 a token that is over leads to another", async () => {
  const world = await serve();
  await extractFrom(world, "files");
  forms.expireTokens();
  expect(await extractFrom(world, "responses")).toMatchObject({ status: "complete" });
});

test("a quota that is used up is waited for", async () => {
  const world = await serve();
  forms.addFaults({ match: { path: "/responses$", nth: 1 }, respond: { status: 429, problem: true }, times: 1 });
  expect((await extractFrom(world, "responses")).ids).toHaveLength(17);
});
