import { afterEach, describe, expect, test } from "@jest/globals";
import { type Answer, connectorWith, extractFrom, type RestApi, restApi, restWorld } from "./rest-api.ts";

const connector = connectorWith(`
records: { at: $.items }
paging: { type: page, page_parameter: page, size_parameter: size, size: 2, total_pages: $.pages, total_count: $.total }
endpoints:
  years: { path: years, key: [$.code], records: { at: $.years } }
  divisions:
    path: years/{year}/divisions
    key: [$._parents.year, $.name]
    parents: { year: { endpoint: years, key: $.code } }
  pupils:
    path: years/{year}/divisions/{division}/pupils
    key: [$.id]
    records: { id: $.id }
    parents: { division: { endpoint: divisions, key: $.name } }
`);

let api: RestApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

type Tree = Record<string, Record<string, number[]> | undefined>;

const listOf = (path: string, tree: Tree): unknown[] | undefined => {
  const [, year, , division] = path.slice(1).split("/").map(decodeURIComponent);
  if (year === undefined)
    return Object.keys(tree).map((code) => ({ code: /^-?\d+$/.test(code) ? Number(code) : code }));
  if (division === undefined) {
    const divisions = tree[year];
    return divisions && Object.keys(divisions).map((name) => ({ name }));
  }
  return tree[year]?.[division]?.map((id) => ({ id }));
};

async function serve(tree: Tree, source = "", answer?: (path: string) => Answer | undefined) {
  api = await restApi(({ path, query }) => {
    const told = answer?.(path);
    const all = listOf(path, tree);
    if (told || !all) return told ?? { status: 404, body: { message: "Not found" } };
    const page = Number(query.get("page"));
    const size = Number(query.get("size"));
    const items = all.slice((page - 1) * size, page * size);
    const totals = { total: all.length, pages: Math.ceil(all.length / size) };
    return { body: { ...totals, [path === "/years" ? "years" : "items"]: items } };
  });
  return restWorld(connector, api.url, { source });
}

const small: Tree = { "-2": { A: [1], B: [2, 3, 4, 5, 6] }, "7": { A: [7], "B/C d": [8] }, "8": {} };

describe("records below others", () => {
  test("are read for each parent, and say whose they are", async () => {
    const world = await serve(small);
    const { status, data } = await extractFrom(world, "divisions");
    expect({ status, data: data.map((record) => JSON.stringify(record)).sort() }).toEqual({
      status: "complete",
      data: [
        '{"_parents":{"year":"-2"},"name":"A"}',
        '{"_parents":{"year":"-2"},"name":"B"}',
        '{"_parents":{"year":"7"},"name":"A"}',
        '{"_parents":{"year":"7"},"name":"B/C d"}',
      ],
    });
    expect(world.manifests()[0]).toMatchObject({ rows: 4, api_total_count: 4 });
  });

  test("may be below several levels, with names that an address must not take apart", async () => {
    const world = await serve(small, "    concurrency: 2\n");
    const { status, ids, data } = await extractFrom(world, "pupils");
    expect({ status, ids: ids.sort() }).toEqual({ status: "complete", ids: ["1", "2", "3", "4", "5", "6", "7", "8"] });
    expect(data.find(({ id }) => id === 8)).toEqual({ _parents: { year: "7", division: "B/C d" }, id: 8 });
    expect(api?.asked.some(({ path }) => path === "/years/7/divisions/B%2FC%20d/pupils")).toBe(true);
    // Two walks share the parents, so there are two parts and not one for each parent.
    expect(world.manifests()[0]?.parts).toHaveLength(2);
  });

  test("of a parent that is gone by now, or has none, are none", async () => {
    const world = await serve({ "7": { A: [1] }, "9": undefined });
    expect(await extractFrom(world, "divisions")).toMatchObject({ status: "complete", data: [{ name: "A" }] });
  });

  test("without any parent are none", async () => {
    expect(await extractFrom(await serve({}), "divisions")).toMatchObject({ status: "complete", ids: [] });
  });

  test("E43 that may not be read, for one parent, end the run without its rows", async () => {
    const world = await serve(small, "", (path) => (path === "/years/7/divisions" ? { status: 403 } : undefined));
    expect(await extractFrom(world, "divisions")).toMatchObject({ status: "forbidden", ids: [] });
  });

  test("E78 of parents whose list moved while it was read are read for all of them", async () => {
    const tree: Tree = { a: { A: [1] }, b: { B: [1] }, c: { C: [1] }, d: { D: [1] } };
    let asked = 0;
    const world = await serve(tree, "", (path) => {
      if (path === "/years") asked += 1;
      if (asked === 2) delete tree.a;
      return undefined;
    });
    expect((await extractFrom(world, "divisions")).data.map(({ name }) => name).sort()).toEqual(["B", "C", "D"]);
  });

  test("E57 that are not all read go on at the parent at which they stopped", async () => {
    const served = await serve(small, "    concurrency: 1\n");
    let now = Date.parse("2026-11-21T03:00:00Z");
    const world = restWorld(connector, api?.url ?? "", {
      source: "    concurrency: 1\n",
      workMs: 700,
      clock: { now: () => new Date(now), sleep: async () => undefined },
      http: async (request) => {
        now += 400;
        return served.ports.http(request);
      },
    });
    const statuses: string[] = [];
    let last = await extractFrom(world, "pupils");
    for (; last.status === "continued" && statuses.length < 20; last = await extractFrom(world, "pupils")) {
      statuses.push(last.status);
    }
    expect(last.status).toBe("complete");
    expect(statuses.length).toBeGreaterThan(1);
    expect(last.ids.sort()).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
    const paths = api?.asked
      .map(({ path, query }) => `${path}?${query.get("page")}`)
      .filter((path) => path.includes("pupils"));
    expect(paths).toEqual([...new Set(paths)]);
  });
});
