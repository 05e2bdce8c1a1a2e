import { afterEach, describe, expect, test } from "@jest/globals";
import { type Asked, connectorWith, extractFrom, type RestApi, restApi, restWorld } from "./rest-api.ts";

const connector = connectorWith(`
records: { at: $.pupils, id: $.id }
paging: { type: page, page_parameter: page, size_parameter: pageSize, size: 2, total_pages: $.totalPages, total_count: $.totalCount }
endpoints: { pupils: { path: pupils, key: [$.id] } }
`);

let api: RestApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

/** Pages of a live table: `before` may change it before a request is answered. */
async function serve(table: number[], before: (asked: Asked) => void = () => undefined) {
  api = await restApi((asked) => {
    before(asked);
    const page = Number(asked.query.get("page"));
    const size = Number(asked.query.get("pageSize"));
    const pupils = table.slice((page - 1) * size, page * size).map((id) => ({ id }));
    const totals = { count: pupils.length, page, pageSize: size, totalCount: table.length };
    return { body: { ...totals, totalPages: Math.ceil(table.length / size), pupils } };
  });
  return restWorld(connector, api.url);
}

/** What a run brought, each once. */
const brought = (ids: readonly string[]): number[] => [...new Set(ids.map(Number))].sort((a, b) => a - b);

describe("pages by number", () => {
  test.each([0, 1, 2, 3, 4, 7])("E16 E17 E18 of %i rows are read whole, with no page too many", async (count) => {
    const world = await serve(numbers(count));
    const { status, ids } = await extractFrom(world, "pupils");
    expect({ status, brought: brought(ids) }).toEqual({ status: "complete", brought: numbers(count) });
    expect(api?.asked).toHaveLength(Math.max(1, Math.ceil(count / 2)));
    expect(world.manifests()[0]?.api_total_count).toBe(count);
  });

  test("E78 are read again when a row went while they were read, for another was passed over", async () => {
    const table = numbers(8);
    const world = await serve(table, ({ nth }) => {
      if (nth === 2) table.splice(0, 1);
    });
    const { status, ids } = await extractFrom(world, "pupils");
    expect({ status, brought: brought(ids).slice(1) }).toEqual({ status: "complete", brought: numbers(8).slice(1) });
    expect(world.log.lines.map(({ message }) => message)).toContain(
      "fewer records came than the source counts; reading them again",
    );
  });

  test("E78 are read again when one went and another came, so that the totals stay what they are", async () => {
    const table = numbers(8);
    const world = await serve(table, ({ nth }) => {
      // Row 4 moves down over the border of what was read and comes twice; row 100 was never to be seen there.
      if (nth === 2) table.splice(0, 8, 100, 1, 2, 3, 4, 5, 6, 7);
    });
    expect(brought((await extractFrom(world, "pupils")).ids)).toEqual([1, 2, 3, 4, 5, 6, 7, 100]);
  });

  test("E78 that count more than they give end the run without its rows", async () => {
    api = await restApi(() => ({ body: { totalCount: 9, totalPages: 1, pupils: [{ id: 1 }, { id: 2 }] } }));
    const world = restWorld(connector, api.url);
    for (let delivery = 1; delivery < 3; delivery += 1) {
      await expect(extractFrom(world, "pupils")).rejects.toThrow(/counts more records than it gives, twice over/);
    }
    expect(await extractFrom(world, "pupils")).toMatchObject({ status: "failed", ids: [] });
  });

  test("E79 that become more while they are read are all read", async () => {
    const table = numbers(4);
    const world = await serve(table, ({ nth }) => {
      if (nth === 1) table.push(5, 6, 7);
    });
    expect(brought((await extractFrom(world, "pupils")).ids)).toEqual(numbers(7));
  });

  test("E79 that become fewer while they are read end where there are no more, and are read again", async () => {
    const table = numbers(10);
    const world = await serve(table, ({ nth }) => {
      if (nth === 2) table.splice(0, 7);
    });
    const { status, ids } = await extractFrom(world, "pupils");
    expect({ status, brought: brought(ids) }).toEqual({ status: "complete", brought: [1, 2, 3, 4, 8, 9, 10] });
    // Two pages of the ten; a third, of three rows in all, that is empty; then both pages of what is left.
    expect(api?.asked.map(({ query }) => query.get("page"))).toEqual(["1", "2", "3", "1", "2"]);
  });

  test("E30 that are too large are asked for in smaller ones from the start, and keep their size", async () => {
    const world = await serve(numbers(200));
    const large = restWorld(
      connectorWith(
        "records: { at: $.pupils, id: $.id }\npaging: { type: page, page_parameter: page, size_parameter: pageSize, size: 100, total_pages: $.totalPages }\nendpoints: { pupils: { path: pupils, key: [$.id] } }",
      ),
      api?.url ?? "",
      {
        http: async (request) => {
          const size = Number(request.parameters?.pageSize);
          if (size > 50) return { status: 504, headers: new Headers(), body: Buffer.alloc(0) };
          return world.ports.http(request);
        },
      },
    );
    expect(brought((await extractFrom(large, "pupils")).ids)).toEqual(numbers(200));
    expect(api?.asked.map(({ query }) => query.get("pageSize"))).toEqual(["50", "50", "50", "50"]);
  });
});

test("E57 a walk by pages that is stopped goes on at its page, in another message", async () => {
  const world = await serve(numbers(6));
  let now = Date.parse("2026-11-21T03:00:00Z");
  const clock = { now: () => new Date(now), sleep: async () => undefined };
  const slow = restWorld(connector, api?.url ?? "", {
    clock,
    workMs: 1_000,
    http: async (request) => {
      now += 600;
      return world.ports.http(request);
    },
  });
  expect(await extractFrom(slow, "pupils")).toMatchObject({ status: "continued" });
  const { status, ids } = await extractFrom(slow, "pupils");
  expect({ status, ids }).toEqual({ status: "complete", ids: ["1", "2", "3", "4", "5", "6"] });
});
