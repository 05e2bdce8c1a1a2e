import { afterEach, describe, expect, test } from "@jest/globals";
import { linkOf } from "../../shared/connector/link.ts";
import { type Answer, connectorWith, extractFrom, type RestApi, restApi, restWorld } from "./rest-api.ts";

const connector = connectorWith(`
records: { at: $, id: $.id }
paging: { type: link, size_parameter: per_page, size: 2 }
endpoints:
  members: { path: members, key: [$.id], parameters: { "ids[]": all, "include[]": [a, b] } }
`);

let api: RestApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const rows = (...ids: number[]): { id: string }[] => ids.map((id) => ({ id: String(id) }));

/** A source of three pages, with what a test changes of the answers to each. */
async function serve(pages: readonly Answer[], target = (url: string, page: number) => `${url}/members?page=${page}`) {
  api = await restApi(({ query }, { url }) => {
    const page = Number(query.get("page") ?? "1");
    const answer = pages[page - 1] ?? { body: [] };
    const link = page < pages.length ? { link: `<${target(url, page + 1)}>; rel="next"` } : {};
    return { ...answer, headers: { ...link, ...answer.headers } };
  });
  return restWorld(connector, api.url);
}

describe("the Link header", () => {
  test.each([
    ['<https://h/a?page=2>; rel="next"', "https://h/a?page=2"],
    [
      '<https://h/a?ids[]=1,2&page=bookmark:WyJpZCIsMTAwXQ>; rel="next",<https://h/a>; rel="first"',
      "https://h/a?ids[]=1,2&page=bookmark:WyJpZCIsMTAwXQ",
    ],
    [
      '<https://h/a;b,c>; rel="current", <https://h/d;e,f>; title="x, rel=\\"next\\""; rel="last next"',
      "https://h/d;e,f",
    ],
    ["<b?page=2>;rel=next", "b?page=2"],
    ['<https://h/a>; REL="Next"', "https://h/a"],
    ['<https://h/a>; rel="prev", <https://h/b>; rel="current"', undefined],
    ["", undefined],
  ])("E61 E62 %s", (header, expected) => {
    expect(linkOf(header, "next")).toBe(expected);
  });
});

describe("pages that each name the next", () => {
  test("E61 E63 are followed to the end, although one is short and one is empty", async () => {
    const world = await serve([{ body: rows(1, 2) }, { body: [] }, { body: rows(3) }, { body: rows(4, 5) }]);
    expect(await extractFrom(world, "members")).toMatchObject({ status: "complete", ids: ["1", "2", "3", "4", "5"] });
  });

  test("E62 have no need of a last one that is named", async () => {
    const world = await serve([{ body: rows(1) }, { body: rows(2), headers: { link: '<x>; rel="first"' } }]);
    expect(await extractFrom(world, "members")).toMatchObject({ ids: ["1", "2"] });
  });

  test("E68 are asked for with the parameters of the endpoint, and with the credentials on each", async () => {
    const world = await serve([{ body: rows(1) }, { body: rows(2) }]);
    await extractFrom(world, "members");
    const [first, second] = api?.asked ?? [];
    expect(first?.query.toString()).toBe("ids%5B%5D=all&include%5B%5D=a&include%5B%5D=b&per_page=2");
    expect(second?.query.toString()).toBe("page=2");
    expect(api?.asked.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer token-of-clubs"));
  });

  test.each([
    ["another host", () => "https://elsewhere.example/members?page=2"],
    ["another port", () => "http://127.0.0.1:9/members?page=2"],
    ["another scheme", (url: string) => `${url.replace("http:", "https:")}/members?page=2`],
    ["no address", () => "http://"],
  ])("E67 are not followed to %s, and the credentials are not sent there", async (_, target) => {
    const world = await serve([{ body: rows(1) }, { body: rows(2) }], target);
    expect(await extractFrom(world, "members")).toMatchObject({
      status: "failed",
      ids: [],
      error: expect.stringMatching(/The credentials are not sent there/),
    });
    expect(api?.asked).toHaveLength(1);
  });

  test("E61 may be named from where they are", async () => {
    const world = await serve([{ body: rows(1) }, { body: rows(2) }], (_, page) => `?page=${page}`);
    expect(await extractFrom(world, "members")).toMatchObject({ ids: ["1", "2"] });
  });

  test("E73 that go round in a circle end the run without its rows", async () => {
    const world = await serve(
      Array.from({ length: 9 }, (_, n) => ({ body: rows(n) })),
      (url, page) => `${url}/members?page=${page > 6 ? 3 : page}`,
    );
    expect(await extractFrom(world, "members")).toMatchObject({
      status: "failed",
      ids: [],
      error: expect.stringMatching(/in a circle/),
    });
    expect(api?.asked.length).toBeLessThan(40);
  });

  test("E66 keep ids as texts, beyond 2^53 too", async () => {
    const world = await serve([{ body: '[{"id":"10000000000000123"},{"id":10000000000000125}]' }]);
    expect(await extractFrom(world, "members")).toMatchObject({ ids: ["10000000000000123", "10000000000000125"] });
  });
});
