import { describe, expect, test } from "@jest/globals";
import { type OffsetReader, type OffsetStep, rowName, stepDown, stepUp } from "../../shared/connector/offset.ts";
import type { Position } from "../../shared/connector/walk.ts";

type OffsetPosition = Extract<Position, { type: "offset" }>;

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/** Rows in the order of their keys, as a server before 7.3 orders them: a new one lands anywhere. */
class Collection {
  rows: number[];
  /** Rows that were there all the time: those that a walk has to bring. */
  readonly steady: Set<number>;
  #next: number;

  constructor(count: number) {
    this.rows = Array.from({ length: count }, (_, index) => index * 1000);
    this.steady = new Set(this.rows);
    this.#next = 1;
  }

  /** Adds a row somewhere below `below`. */
  insert(below: number): void {
    const base = this.rows.length === 0 ? 0 : (this.rows[Math.min(below, this.rows.length - 1)] ?? 0);
    this.rows.push(base + (this.#next++ % 997) / 1000);
    this.rows.sort((a, b) => a - b);
  }

  remove(index: number): void {
    const [gone] = this.rows.splice(index, 1);
    if (gone !== undefined) this.steady.delete(gone);
  }
}

interface Options {
  readonly size: number;
  /** Rows that the server gives at most, without saying so. */
  readonly cap?: number;
  readonly between: (collection: Collection) => void;
}

const record = (id: number): Buffer => Buffer.from(JSON.stringify({ id: String(id), n: 1 }));
const numberOf = (row: Buffer): number => Number(JSON.parse(row.toString("utf8")).id);

/** Walks a collection that changes between any two requests. */
async function walk(collection: Collection, direction: "up" | "down", options: Options): Promise<number[]> {
  const { size, cap = size, between } = options;
  const reader: OffsetReader = {
    ask: async (offset, limit) => {
      between(collection);
      return { records: collection.rows.slice(offset, offset + Math.min(limit, cap)).map(record), nulls: 0 };
    },
    nameOf: rowName("$.id"),
    size,
  };
  const brought: number[] = [];
  const offset = direction === "up" ? 0 : collection.rows.length;
  let position: OffsetPosition | null = { type: "offset", offset, direction, anchors: [] };
  for (let steps = 0; position; steps += 1) {
    if (steps > 5_000) throw new Error("the walk does not end");
    const step: OffsetStep = direction === "up" ? await stepUp(position, reader) : await stepDown(position, reader);
    brought.push(...step.records.map(numberOf));
    position = step.next;
  }
  return brought;
}

function missing(collection: Collection, brought: readonly number[]): number[] {
  const seen = new Set(brought);
  return [...collection.steady].filter((row) => !seen.has(row));
}

const still = (): void => undefined;

describe.each(["up", "down"] as const)("a walk %s by offset", (direction) => {
  test.each([0, 1, 9, 10, 11, 20, 57])("brings each of %i rows once where nothing moves", async (count) => {
    const collection = new Collection(count);
    const brought = await walk(collection, direction, { size: 10, between: still });
    expect(brought.sort((a, b) => a - b)).toEqual(collection.rows);
  });

  test.each([1, 2, 3])("gets to its end with pages of %i rows", async (size) => {
    const collection = new Collection(7);
    const brought = await walk(collection, direction, { size, between: still });
    expect(brought.sort((a, b) => a - b)).toEqual(collection.rows);
  });

  test("brings every row from a server that gives smaller pages than it is asked for", async () => {
    const collection = new Collection(103);
    expect(missing(collection, await walk(collection, direction, { size: 50, cap: 7, between: still }))).toEqual([]);
  });

  test("E24 E25 misses no row that was there all the time, whatever comes and goes between its requests", async () => {
    for (let seed = 1; seed <= 80; seed += 1) {
      const random = randomFrom(seed);
      const collection = new Collection(40 + random(120));
      const between = (changing: Collection): void => {
        for (let change = random(6); change > 0; change -= 1) {
          if (random(2) === 0) changing.insert(random(changing.rows.length + 1));
          else if (changing.steady.size > 10) changing.remove(random(changing.rows.length));
        }
      };
      const brought = await walk(collection, direction, { size: 8 + random(8), between });
      expect({ seed, missing: missing(collection, brought) }).toEqual({ seed, missing: [] });
    }
  });

  test("ends when everything is deleted while it walks", async () => {
    const collection = new Collection(100);
    let asked = 0;
    const between = (changing: Collection): void => {
      asked += 1;
      if (asked === 4) changing.rows = [];
    };
    await walk(collection, direction, { size: 10, between });
    expect(asked).toBeLessThan(30);
  });
});

test("E25 a walk that trusts its offsets misses rows in the same collections", () => {
  let lost = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = randomFrom(seed);
    const collection = new Collection(100);
    const brought: number[] = [];
    for (let offset = 0; offset < collection.rows.length; offset += 10) {
      collection.remove(random(collection.rows.length));
      brought.push(...collection.rows.slice(offset, offset + 10));
    }
    lost += missing(collection, brought).length;
  }
  expect(lost).toBeGreaterThan(0);
});

test("a walk up finds its place again when many rows below it were deleted at once", async () => {
  const collection = new Collection(200);
  let asked = 0;
  const between = (changing: Collection): void => {
    asked += 1;
    if (asked === 12) for (let gone = 0; gone < 55; gone += 1) changing.remove(0);
  };
  expect(missing(collection, await walk(collection, "up", { size: 10, between }))).toEqual([]);
});

test("a walk down brings rows that came after the count", async () => {
  const collection = new Collection(30);
  let asked = 0;
  const between = (changing: Collection): void => {
    asked += 1;
    if (asked === 1) for (let more = 0; more < 7; more += 1) changing.rows.push(1_000_000 + more);
  };
  const brought = await walk(collection, "down", { size: 10, between });
  expect(brought.filter((row) => row >= 1_000_000)).toHaveLength(7);
});

test("rows are named by their id, which an update does not change, else by their text", () => {
  const byId = rowName("$.id");
  expect(byId(Buffer.from('{"id":"a","x":1}'))).toBe(byId(Buffer.from('{"x":2,"id":"a"}')));
  const byText = rowName(undefined);
  expect(byText(Buffer.from('{"id":"a","x":1}'))).not.toBe(byText(Buffer.from('{"id":"a","x":2}')));
  expect(byId(Buffer.from('{"key":1}'))).not.toBe(byId(Buffer.from('{"key":2}')));
});

test("rows are named by a UUID as it is, and by the hash of an id that may be a student's number", () => {
  const byId = rowName("$.id");
  expect(byId(Buffer.from('{"id":"0f9c2c1e7a5b4d3e8f6a1b2c3d4e5f60"}'))).toBe("0f9c2c1e7a5b4d3e8f6a1b2c3d4e5f60");
  expect(byId(Buffer.from('{"id":604822987,"x":1}'))).toBe(byId(Buffer.from('{"id":604822987,"x":2}')));
  expect(byId(Buffer.from('{"id":604822987}'))).toMatch(/^[0-9a-f]{24}$/);
});
