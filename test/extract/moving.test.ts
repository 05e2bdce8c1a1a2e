import { afterEach, describe, expect, test } from "@jest/globals";
import type { ChangeInput, Sandbox } from "../../sandbox/sandbox.ts";
import type { HttpClient } from "../../shared/connector/http.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { extract } from "../../shared/extract/extract.ts";
import { deliver, district, idsOf, message, onlyManifest, origin, studentIds, watermark, worldOf } from "./district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/** Sends each request for students as it is, after something was done to the data. */
function between(change: () => Promise<void>): HttpClient {
  const http = createHttpClient({ userAgent: "test" });
  return async (request) => {
    if (/\/students$/.test(request.url)) await change();
    return http(request);
  };
}

/** Updates and deletes a few students at random, and adds some; it knows which were there all the time. */
class Churn {
  readonly steady: Set<string>;
  readonly #sandbox: Sandbox;
  readonly #random: (below: number) => number;
  readonly #insert: boolean;
  #added = 0;

  constructor(served: Sandbox, count: number, seed: number, insert: boolean) {
    this.#sandbox = served;
    this.#random = randomFrom(seed);
    this.#insert = insert;
    this.steady = new Set(studentIds(count));
  }

  async change(): Promise<void> {
    const changes: ChangeInput[] = [];
    const ids = [...this.steady];
    for (let more = this.#random(4); more > 0; more -= 1) {
      const id = ids[this.#random(ids.length)] ?? "";
      const kind = this.#random(this.#insert ? 3 : 2);
      this.#added += 1;
      if (kind === 0) {
        changes.push({ op: "update", resource: "students", id, set: { firstName: `Changed ${this.#added}` } });
      } else if (kind === 1 && this.steady.size > 20) {
        if (!this.steady.delete(id)) continue;
        changes.push({ op: "delete", resource: "students", id });
      } else if (kind === 2) {
        const record = { studentUniqueId: `new${this.#added}`, firstName: "New", lastSurname: "New" };
        changes.push({ op: "insert", resource: "students", record });
      }
    }
    await this.#sandbox.apply(changes);
  }
}

describe.each([
  ["by cursor", true],
  ["by offset", false],
] as const)("a full run %s on a source that is at work", (_, cursor) => {
  test.each([1, 2, 3, 4, 5, 6])(
    "E24 brings every row that was there all the time, with the mutations of seed %i",
    async (seed) => {
      const count = 130;
      sandbox = await district(count, { maxPageSize: 10, smallPartitions: true });
      if (!cursor) sandbox.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
      const churn = new Churn(sandbox, count, seed, true);
      const world = worldOf(sandbox, { page_size: 10 }, { http: between(() => churn.change()) });
      expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
      const brought = new Set(idsOf(world));
      expect([...churn.steady].filter((id) => !brought.has(id))).toEqual([]);
    },
  );

  test("does not fail because rows are added while it reads", async () => {
    sandbox = await district(60, { maxPageSize: 10 });
    if (!cursor) sandbox.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
    let added = 0;
    const http = between(async () => {
      // Also between the last page and the count, but not so often that the walk never sees the end.
      added += 1;
      if (added % 2 === 0) return;
      const record = { studentUniqueId: `new${added}`, firstName: "New" };
      await sandbox?.apply({ op: "insert", resource: "students", record });
    });
    const world = worldOf(sandbox, { page_size: 10 }, { http });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    expect(world.log.lines.filter(({ message: text }) => text.includes("reading them again"))).toEqual([]);
    const brought = new Set(idsOf(world));
    expect(studentIds(60).every((id) => brought.has(id))).toBe(true);
  });
});

describe.each([
  ["by cursor", true],
  ["by offset", false],
] as const)("a delta %s on a source that is at work", (_, cursor) => {
  test.each([1, 2, 3])("E24 brings every row of its window that did not leave it, seed %i", async (seed) => {
    const count = 90;
    sandbox = await district(count, { maxPageSize: 10, smallPartitions: true });
    if (!cursor) sandbox.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
    const untouched = new Set(studentIds(count));
    const random = randomFrom(seed);
    const http = between(async () => {
      const ids = [...untouched];
      for (let more = random(4); more > 0 && ids.length > 10; more -= 1) {
        const id = ids[random(ids.length)] ?? "";
        if (!untouched.delete(id)) continue;
        await sandbox?.apply({ op: "update", resource: "students", id, set: { firstName: `Changed ${random(1e6)}` } });
      }
    });
    const world = worldOf(sandbox, { page_size: 10 }, { http });
    world.control.put("watermarks/d1/students/2011.json", watermark("students", "1"));
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    expect(onlyManifest(world)).toMatchObject({ mode: "delta" });
    const brought = new Set(idsOf(world));
    expect([...untouched].filter((id) => !brought.has(id))).toEqual([]);
  });
});

describe("the source's own count", () => {
  test("E27 finds a row that was committed late below what was read, and it is read again", async () => {
    sandbox = await district(30, { maxPageSize: 10 });
    sandbox.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
    await sandbox.apply({ op: "reserve", name: "open" });
    let asked = 0;
    const http = between(async () => {
      asked += 1;
      // The walk down has passed the end when the transaction that began before it commits there.
      if (asked !== 5) return;
      const record = { studentUniqueId: "late", firstName: "Late" };
      await sandbox?.apply({ op: "insert", resource: "students", record, id: "f".repeat(32), reserved: "open" });
    });
    const world = worldOf(sandbox, { page_size: 10 }, { http });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    expect(idsOf(world)).toContain("f".repeat(32));
    expect(world.log.lines.map(({ message: text }) => text)).toContain(
      "fewer records came than the source counts; reading them again",
    );
  });

  test("that stays larger than what comes is met by one more walk, then by a failed run", async () => {
    sandbox = await district(30, { maxPageSize: 10 });
    sandbox.addFaults({ match: { query: "totalCount" }, respond: { headers: { "total-count": "31" }, body: [] } });
    const world = worldOf(sandbox, { page_size: 10 });
    await expect(extract(message("students"), origin, world.ports)).rejects.toThrow(/counts more records.*twice/);
    const pages = sandbox.requests.filter(({ query }) => query.includes("pageToken")).length;
    expect(pages).toBe(8);
    expect(await deliver(world, message("students"))).toMatchObject({ status: "failed" });
    expect(sandbox.requests.filter(({ query }) => query.includes("pageToken"))).toHaveLength(pages);
    expect(onlyManifest(world)).toMatchObject({ parts: [], rows: 0, error: expect.stringMatching(/counts more/) });
  });

  test("that grows from one walk to the next is no failure where the source has no change versions", async () => {
    sandbox = await district(30, { maxPageSize: 10, changeQueries: false });
    let asked = 0;
    const http = between(async () => {
      asked += 1;
      if (asked % 2 === 0) return;
      const record = { studentUniqueId: `new${asked}`, firstName: "New" };
      await sandbox?.apply({ op: "insert", resource: "students", record });
    });
    const world = worldOf(sandbox, { page_size: 10 }, { http });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    // Rows read twice count once.
    expect(onlyManifest(world).rows).toBeLessThan(60);
  });
});
