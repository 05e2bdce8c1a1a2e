import { afterEach, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import {
  deliver,
  district,
  idsOf,
  message,
  onlyManifest,
  origin,
  studentIds,
  studentRequests,
  worldOf,
} from "./district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

async function serving(...given: Parameters<typeof district>): Promise<Sandbox> {
  sandbox = await district(...given);
  return sandbox;
}

/** A server that has no cursor paging. */
function withoutCursor(served: Sandbox): void {
  served.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
}

describe("by cursor", () => {
  test("E23 walks every partition with its own token", async () => {
    const served = await serving(103, { smallPartitions: true, maxPageSize: 10 });
    const world = worldOf(served, { page_size: 10, concurrency: 4 });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 103 });
    expect(idsOf(world)).toEqual(studentIds(103));
    const requests = studentRequests(served);
    expect(requests[0]).toMatchObject({ path: "/ed-fi/students/partitions" });
    expect(requests[0]?.query.get("number")).toBe("4");
    expect(requests.filter(({ query }) => query.has("pageToken")).length).toBeGreaterThan(12);
    expect(requests.every(({ query }) => !query.has("minChangeVersion"))).toBe(true);
  });

  test.each([1, 10, 20, 21])("E16 E18 brings %i rows each once where a page has 10", async (count) => {
    const world = worldOf(await serving(count, { maxPageSize: 10 }), { page_size: 10 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(count));
    expect(onlyManifest(world)).toMatchObject({ outcome: "complete", rows: count, api_total_count: count });
  });

  test("E17 ends complete and without parts for an endpoint that has no rows", async () => {
    const world = worldOf(await serving(0));
    await extract(message("students"), origin, world.ports);
    expect(onlyManifest(world)).toMatchObject({ outcome: "complete", rows: 0, parts: [], api_total_count: 0 });
  });

  test("E20 does not take a short page for the last one, nor an empty one that has a token", async () => {
    const served = await serving(30, { maxPageSize: 10 });
    const world = worldOf(served, { page_size: 10 });
    let token = "";
    const { http } = world.ports;
    const emptying: typeof http = async (request) => {
      const answer = await http(request);
      // The second page is emptied by deletes, as DMS gives it: no rows, but a token.
      const next = answer.headers.get("next-page-token");
      if (request.parameters?.pageToken !== undefined && next && token === "") {
        token = next;
        return { ...answer, body: Buffer.from("[]") };
      }
      return answer;
    };
    const emptied = worldOf(served, { page_size: 10 }, { ...world.ports, http: emptying, landing: world.landing });
    served.addFaults({ match: { query: "totalCount" }, respond: { status: 500 } });
    await extract(message("students"), origin, emptied.ports);
    expect(world.manifests()[0]).toMatchObject({ outcome: "complete", rows: 20, pages: 4 });
  });

  test("is given back when the source gives the token of the same page again", async () => {
    const served = await serving(30, { maxPageSize: 10 });
    const world = worldOf(served, { page_size: 10 });
    const { http } = world.ports;
    const circling: typeof http = async (request) => {
      const answer = await http(request);
      const token = request.parameters?.pageToken;
      if (token === undefined) return answer;
      return { ...answer, headers: new Headers({ "next-page-token": token }) };
    };
    const circled = worldOf(served, { page_size: 10 }, { http: circling });
    await expect(extract(message("students"), origin, circled.ports)).rejects.toThrow(/same page again/);
  });

  test("E21 drops rows that are null, and counts them", async () => {
    const served = await serving(3);
    served.addFaults({
      match: { query: "pageToken" },
      respond: { body: [null, { id: "a".repeat(32), studentUniqueId: "1" }, null] },
    });
    const world = worldOf(served);
    served.addFaults({ match: { query: "totalCount" }, respond: { status: 500 } });
    await extract(message("students"), origin, world.ports);
    expect(onlyManifest(world)).toMatchObject({ rows: 1, nulls: 2 });
  });

  test("E31 sends a token with characters that mean something in an address as it is", async () => {
    const served = await serving(3);
    const token = "a+b/c=&d #é";
    served.addFaults({ match: { path: "/partitions$" }, respond: { body: { pageTokens: [token] } } });
    served.addFaults({ match: { query: "pageToken" }, respond: { body: [] } });
    served.addFaults({ match: { query: "totalCount" }, respond: { status: 500 } });
    const world = worldOf(served);
    await extract(message("students"), origin, world.ports);
    expect(studentRequests(served)[1]?.query.get("pageToken")).toBe(token);
  });
});

describe("by offset, where the server has no cursor paging", () => {
  test.each([0, 1, 9, 10, 20, 43])("E16 E17 E18 brings %i rows each once", async (count) => {
    const served = await serving(count, { maxPageSize: 10 });
    withoutCursor(served);
    const world = worldOf(served, { page_size: 10 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(count));
    expect(onlyManifest(world)).toMatchObject({ outcome: "complete", rows: count, api_total_count: count });
  });

  test("E29 works without a count when the source is too slow to count", async () => {
    const served = await serving(43, { maxPageSize: 10 });
    withoutCursor(served);
    served.addFaults({ match: { query: "totalCount=true" }, respond: { status: 504, html: true } });
    const world = worldOf(served, { page_size: 10 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(43));
    expect(onlyManifest(world)).toMatchObject({ outcome: "complete", api_total_count: null });
  });

  test("also serves where the server cannot cut partitions in time", async () => {
    const served = await serving(43, { maxPageSize: 10 });
    served.addFaults({ match: { path: "/partitions$" }, respond: { status: 504, html: true } });
    const world = worldOf(served, { page_size: 10 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(43));
  });
});

describe("the size of a page", () => {
  test.each([true, false])(
    "E19 is learned from the source where it caps it, with cursor paging: %s",
    async (cursor) => {
      const served = await serving(95, { maxPageSize: 30 });
      if (!cursor) withoutCursor(served);
      const world = worldOf(served, { page_size: 100 });
      await extract(message("students"), origin, world.ports);
      expect(idsOf(world)).toEqual(studentIds(95));
      // Asked for too much once, and never again.
      expect(studentRequests(served).filter(({ status }) => status === 400)).toHaveLength(1);
    },
  );

  test("E30 is halved when the gateway's time is up, and grows again", async () => {
    const served = await serving(900, { maxPageSize: 200 });
    served.addFaults({
      match: { query: "pageToken", path: "students$" },
      respond: { status: 504, html: true },
      times: 2,
    });
    const world = worldOf(served, { page_size: 200 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(900));
    const sizes = studentRequests(served).flatMap(({ query }) => query.get("pageSize") ?? []);
    expect(sizes.slice(0, 6)).toEqual(["200", "100", "50", "50", "100", "200"]);
  });

  test("E30 is halved when an answer takes too long", async () => {
    const served = await serving(60, { maxPageSize: 50 });
    served.addFaults({ match: { query: "pageSize=50" }, respond: { delayMs: 1500 }, times: 1 });
    const world = worldOf(served, { page_size: 50, timeout_seconds: 1 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(60));
    expect(studentRequests(served)[2]?.query.get("pageSize")).toBe("25");
  });

  test("stays as it is while the source is only overloaded", async () => {
    const served = await serving(60, { maxPageSize: 50 });
    served.addFaults({
      match: { query: "pageToken" },
      respond: { status: 503, headers: { "retry-after": "1" } },
      times: 3,
    });
    const world = worldOf(served, { page_size: 50 });
    await extract(message("students"), origin, world.ports);
    const sizes = studentRequests(served).flatMap(({ query }) => query.get("pageSize") ?? []);
    expect(new Set(sizes)).toEqual(new Set(["50"]));
  });

  test("E50 is made small around a row that the source chokes on, and the run says so in the end", async () => {
    const served = await serving(300, { maxPageSize: 100 });
    const world = worldOf(served, { page_size: 100 });
    // The first page comes; whatever begins after it fails.
    const { http } = world.ports;
    let pages = 0;
    const choking: typeof http = async (request) => {
      if (request.parameters?.pageToken !== undefined) pages += 1;
      if (pages > 1) {
        return {
          status: 500,
          headers: new Headers(),
          body: Buffer.from('{"detail":"An unexpected problem has occurred."}'),
        };
      }
      return http(request);
    };
    const choked = worldOf(served, { page_size: 100 }, { http: choking });
    expect(await deliver(choked, message("students"))).toMatchObject({ status: "failed", rows: 0, parts: 0 });
    expect(onlyManifest(choked).error).toMatch(/answered 500.*given up after 3 attempts/);
    expect(onlyManifest(choked).parts).toEqual([]);
  });
});

describe("a page that is not what it should be", () => {
  test.each([
    ["a body that is cut short but looks whole", { truncate: true }],
    ["a gateway's page with status 200", { html: true }],
    ["a connection that is lost", { resetAfterBytes: 100 }],
    ["an error object with status 200", { body: { message: "failed" } }],
    ["JSON that is broken inside a record", { body: '[{"id":"abc","x":}]' }],
    ["an empty body", { body: "" }],
    ["503", { status: 503 }],
    ["429 with a date", { status: 429, headers: { "retry-after": new Date(Date.now() + 1000).toUTCString() } }],
    ["502", { status: 502, html: true }],
  ])("E47 E48 is asked for again and never stored: %s", async (_, respond) => {
    const served = await serving(60, { maxPageSize: 20, gzip: false });
    served.addFaults({ match: { path: "students$", query: "page(Token|Size)", nth: [2, 3] }, respond });
    const world = worldOf(served, { page_size: 20 });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 60 });
    expect(idsOf(world)).toEqual(studentIds(60));
    expect(onlyManifest(world).nulls).toBe(0);
  });

  test.each([
    ["partitions", { path: "/partitions$" }],
    ["the change versions", { path: "availableChangeVersions$" }],
  ])("is asked for again where it should hold %s", async (_, match) => {
    const served = await serving(10);
    served.addFaults({ match, respond: { html: true }, times: 1 });
    served.addFaults({ match, respond: { truncate: true }, times: 1 });
    const world = worldOf(served);
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 10 });
    expect(onlyManifest(world).window.to).not.toBeNull();
  });

  test("gives the message back when it keeps coming, with what was read before kept", async () => {
    const served = await serving(60, { maxPageSize: 20 });
    served.addFaults({
      match: { path: "students$", query: "pageToken", nth: [3, 4, 5, 6, 7, 8, 9] },
      respond: { html: true },
    });
    const world = worldOf(served, { page_size: 20 });
    await expect(extract(message("students"), origin, world.ports)).rejects.toBeInstanceOf(RetryableError);
    expect(world.manifests()).toEqual([]);
    const before = studentRequests(served).length;
    served.clearFaults();
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 60 });
    expect(idsOf(world)).toEqual(studentIds(60));
    // Two pages were in a closed part: only the last one, the end and the count were asked for.
    expect(studentRequests(served).length - before).toBeLessThanOrEqual(3);
  });
});
