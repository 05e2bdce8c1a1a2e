import { afterEach, expect, test } from "@jest/globals";
import { type NweaOptions, type NweaSandbox, startNwea } from "../../sandbox/nwea/nwea.ts";
import { connectors, type ExtractWorld } from "../fakes/extract-world.ts";
import { extractFrom, restWorld } from "./rest-api.ts";

const connector = connectors.get("nwea_partner");
if (!connector) throw new Error("There is no connectors/nwea_partner.yaml.");

let nwea: NweaSandbox;
afterEach(async () => await nwea.close());

async function serve(options: NweaOptions = {}): Promise<ExtractWorld> {
  nwea = await startNwea(options);
  if (!connector) throw new Error("unreachable");
  const secrets = { read: async () => JSON.stringify({ key: nwea.key, secret: nwea.secret }) };
  return restWorld(connector, nwea.url, { secrets });
}

test("E71 E72 every endpoint of the partner API is read, with a token that was asked for by headers", async () => {
  const world = await serve({ pageSize: 1 });
  const counts: Record<string, number> = {};
  for (const endpoint of Object.keys(connector?.endpoints ?? {})) {
    const { status, ids } = await extractFrom(world, endpoint);
    expect([endpoint, status]).toEqual([endpoint, "complete"]);
    counts[endpoint] = new Set(ids).size;
  }
  expect(counts).toEqual({ districts: 1, schools: 6, students: 6, terms: 1, test_results: 7 });
  // Its life of "3599" seconds is a text and taken as a number: one token does for all.
  expect(nwea.requests.filter(({ path }) => path === "/auth/v1/token")).toHaveLength(1);
});

test("E71 a life of a token that is over leads to another", async () => {
  const world = await serve();
  await extractFrom(world, "districts");
  nwea.expireTokens();
  expect(await extractFrom(world, "schools", { at: "2026-11-21T05:00:00Z" })).toMatchObject({ status: "complete" });
});

test("E73 a token of a page that comes again is noticed, and nothing of the run is loaded", async () => {
  const world = await serve({ repeatsToken: true });
  const error = expect.stringContaining("in a circle");
  expect(await extractFrom(world, "test_results")).toMatchObject({ status: "failed", ids: [], error });
});

test("E75 a result that changed and one that vanished are seen by the next run", async () => {
  const world = await serve();
  const { data } = await extractFrom(world, "test_results");
  const [changed, vanished] = data.map(({ testResultBid }) => String(testResultBid));
  nwea.apply([
    { op: "update", resource: "results", id: changed ?? "", set: { TestRITScore: "250" } },
    { op: "delete", resource: "results", id: vanished ?? "" },
  ]);
  const after = (await extractFrom(world, "test_results", { at: "2026-11-22T03:00:00Z" })).data;
  expect(after.map(({ testResultBid }) => testResultBid)).not.toContain(vanished);
  expect(after.find(({ testResultBid }) => testResultBid === changed)).toMatchObject({ rit: 250 });
});
