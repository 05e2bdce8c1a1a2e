import { afterEach, expect, test } from "@jest/globals";
import { type Answer, connectorWith, extractFrom, type RestApi, restApi, restWorld } from "./rest-api.ts";

let api: RestApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const paging = (more = ""): string => `
records: { at: $.results, id: $.id, may_be_absent: true }
paging: { type: token, token_parameter: next-page, next: $.pagination.nextPage, more: $.pagination.hasNextPage${more} }
endpoints: { results: { path: results, key: [$.id] } }
`;

async function serve(pages: Readonly<Record<string, unknown>>, more?: string) {
  await api?.close();
  api = await restApi(({ query }): Answer => ({ body: pages[query.get("next-page") ?? ""] }));
  return restWorld(connectorWith(paging(more)), api.url);
}

test("E20 pages are read until no token comes, or no more is said to be there", async () => {
  const world = await serve({
    "": { results: [{ id: "a" }], pagination: { hasNextPage: true, nextPage: "x=/+&" } },
    "x=/+&": { results: [], pagination: { hasNextPage: true, nextPage: "y" } },
    y: { results: [{ id: "b" }], pagination: { hasNextPage: false, nextPage: "y2" } },
  });
  expect(await extractFrom(world, "results")).toMatchObject({ status: "complete", ids: ["a", "b"], pages: 3 });
});

test("E72 what a body leaves out is nothing where the connector says so", async () => {
  const world = await serve({
    "": { results: [{ id: "a" }], pagination: { nextPage: "y" } },
    y: { pagination: {} },
  });
  expect(await extractFrom(world, "results")).toMatchObject({ status: "complete", ids: ["a"] });
  expect(await extractFrom(await serve({ "": {} }), "results")).toMatchObject({ status: "complete", ids: [] });
  expect(await extractFrom(await serve({ "": { results: null } }), "results")).toMatchObject({ ids: [] });
});

test("E73 a token that comes again is noticed, and nothing of the run is loaded", async () => {
  const page = { results: [{ id: "a" }], pagination: { hasNextPage: true, nextPage: "x" } };
  const world = await serve({ "": page, x: page });
  expect(await extractFrom(world, "results")).toMatchObject({
    status: "failed",
    ids: [],
    error: expect.stringMatching(/in a circle/),
  });
});

test("E22 the first request says that it is the first, and each says its size, where the API wants it", async () => {
  const world = await serve(
    { "*": { results: [{ id: "a" }], pagination: { nextPage: "x" } }, x: { results: [] } },
    ', first: "*", size_parameter: limit, size: 7',
  );
  expect(await extractFrom(world, "results")).toMatchObject({ ids: ["a"] });
  expect(api?.asked.map(({ query }) => query.toString())).toEqual(["next-page=*&limit=7", "next-page=x&limit=7"]);
});
