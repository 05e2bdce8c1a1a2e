import { afterEach, expect, test } from "@jest/globals";
import { type NweaOptions, type NweaSandbox, startNwea } from "../../sandbox/nwea/nwea.ts";
import type { ExtractPorts } from "../../shared/extract/extract.ts";
import { connectors, type ExtractWorld } from "../fakes/extract-world.ts";
import { extractFrom, restWorld } from "./rest-api.ts";

const connector = connectors.get("nwea");
if (!connector) throw new Error("There is no connectors/nwea.yaml.");

let nwea: NweaSandbox;
afterEach(async () => await nwea.close());

async function serve(options: NweaOptions = {}, overrides: Partial<ExtractPorts> = {}): Promise<ExtractWorld> {
  nwea = await startNwea(options);
  if (!connector) throw new Error("unreachable");
  const secrets = { read: async () => JSON.stringify({ user: nwea.user, password: nwea.password }) };
  return restWorld(connector, nwea.url, { secrets, partBytes: 1_000_000, ...overrides });
}

const endpoint = "assessment_results";

test("E74 an export is read in pages, and each of its records once", async () => {
  const world = await serve({ madeUpResults: 2400 });
  const { status, ids, pages } = await extractFrom(world, endpoint);
  expect([status, new Set(ids).size, pages]).toEqual(["complete", 2407, 6]);
  expect(nwea.requests).toHaveLength(1);
});

test("E74 an export that breaks off is asked for again and read on from where it was", async () => {
  const world = await serve({ madeUpResults: 8000 });
  nwea.addFaults({ respond: { resetAfterBytes: 300_000 }, times: 1 });
  await expect(extractFrom(world, endpoint)).rejects.toMatchObject({ retryable: true });
  const { status, ids } = await extractFrom(world, endpoint);
  expect([status, ids.length, new Set(ids).size]).toEqual(["complete", 8007, 8007]);
});

test("E74 an export that ends early is not taken for a whole one", async () => {
  const world = await serve({ madeUpResults: 2000 });
  nwea.addFaults({ respond: { truncate: 90_000 } });
  await expect(extractFrom(world, endpoint)).rejects.toThrow(
    "The source sent a zip that is not whole: it ends too early",
  );
});

test("E57 an export goes on in another message when the time is over", async () => {
  let now = Date.parse("2026-11-21T03:00:00Z");
  // Each look at the clock takes a second.
  const tick = () => {
    now += 1000;
    return new Date(now);
  };
  const clock = { now: tick, sleep: async () => undefined };
  const world = await serve({ madeUpResults: 4000 }, { clock, workMs: 12_000 });
  const statuses: string[] = [];
  for (let turn = 0; turn < 20 && statuses.at(-1) !== "complete"; turn += 1) {
    statuses.push((await extractFrom(world, endpoint)).status);
  }
  expect(statuses.length).toBeGreaterThan(2);
  expect(statuses.at(-1)).toBe("complete");
  const [manifest] = world.manifests();
  const ids = manifest ? world.lines(manifest).map(({ record_id }) => record_id) : [];
  expect([ids.length, new Set(ids).size]).toEqual([4007, 4007]);
});

test("an export that was not made yet is an endpoint that is not offered", async () => {
  expect(await extractFrom(await serve({ hasExport: false }), endpoint)).toMatchObject({ status: "unsupported" });
});

test("E74 an export without the columns of the key is refused by their names", async () => {
  const world = await serve({ layout: { without: ["StudentID"] } });
  const error = expect.stringContaining("lacks the columns StudentID");
  expect(await extractFrom(world, endpoint)).toMatchObject({ status: "failed", error });
});

test("wrong credentials are told as such", async () => {
  const secrets = { read: async () => JSON.stringify({ user: "a", password: "b" }) };
  const world = await serve({}, { secrets });
  expect(await extractFrom(world, endpoint)).toMatchObject({ status: "failed" });
});
