import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ConflictError } from "../../shared/errors.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";

/** An empty bucket to hold the contract against. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** What Rollcall relies on in Cloud Storage. */
export function objectStoreContract(open: () => Promise<StoreUnderTest>): void {
  let service: StoreUnderTest;
  let store: ObjectStore;

  beforeAll(async () => {
    service = await open();
    store = service.store;
  }, 60_000);

  afterAll(() => service.close());

  describe("an object store", () => {
    test("gives back what was written, with the generation to write against", async () => {
      const generation = await store.write("a/b c.json", '{"a":"ü"}', "0");
      expect(await store.read("a/b c.json")).toEqual({ body: '{"a":"ü"}', generation });
      const next = await store.write("a/b c.json", "2", generation);
      expect(next).not.toBe(generation);
      expect((await store.read("a/b c.json"))?.body).toBe("2");
    });

    test("has nothing for a name nobody wrote", async () => {
      expect(await store.read("nobody")).toBeUndefined();
      expect(await store.stat("nobody")).toBeUndefined();
      expect(await store.delete("nobody")).toBe(false);
    });

    test("refuses to write over a change it has not seen", async () => {
      const first = await store.write("cas", "1", "0");
      await store.write("cas", "2", first);
      await expect(store.write("cas", "3", first)).rejects.toBeInstanceOf(ConflictError);
      await expect(store.write("cas", "3", "0")).rejects.toBeInstanceOf(ConflictError);
      expect((await store.read("cas"))?.body).toBe("2");
    });

    test("takes its own success for one when it is told of a conflict", async () => {
      await store.write("own", "same", "0");
      // As when the first answer was lost and the client sent the write again.
      await expect(store.write("own", "same", "0")).resolves.toMatch(/^\d+$/);
    });

    test("lets one of many writers at once win", async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => store.write("race", String(index), "0")),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    test("streams a new object once", async () => {
      const stored = await store.writeStream(
        "part",
        Readable.from([Buffer.from("x".repeat(100_000)), Buffer.from("y")]),
        "application/gzip",
      );
      expect(stored.sizeBytes).toBe(100_001);
      await expect(store.writeStream("part", Readable.from(["z"]), "application/gzip")).rejects.toBeInstanceOf(
        ConflictError,
      );
      expect((await store.stat("part"))?.generation).toBe(stored.generation);
    });

    test("keeps nothing of a stream that breaks off", async () => {
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from("half");
          throw new Error("broken off");
        })(),
      );
      await expect(store.writeStream("half", broken, "application/gzip")).rejects.toThrow();
      expect(await store.stat("half")).toBeUndefined();
    });

    test("lists names below a prefix in order", async () => {
      for (const name of ["l/2", "l/10", "l/1", "m/1"]) await store.write(name, name, "0");
      const names: string[] = [];
      for await (const object of store.list("l/")) names.push(object.name);
      expect(names).toEqual(["l/1", "l/10", "l/2"]);
    });

    test("deletes only what has not changed since", async () => {
      const generation = await store.write("gone", "1", "0");
      const next = await store.write("gone", "2", generation);
      expect(await store.delete("gone", generation)).toBe(false);
      expect(await store.delete("gone", next)).toBe(true);
      expect(await store.stat("gone")).toBeUndefined();
    });
  });
}
