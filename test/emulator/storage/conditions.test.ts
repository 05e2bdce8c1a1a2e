import { describe, expect, test } from "@jest/globals";
import type { StoredObject } from "../../../emulator/storage/object.ts";
import { checkPreconditions } from "../../../emulator/storage/preconditions.ts";
import { simple, statusOf, storageFixture } from "./fixture.ts";

describe("ifGenerationMatch", () => {
  test.each([true, false])("0 creates once only (resumable: %s)", async (resumable) => {
    await using fixture = await storageFixture();
    const options = { resumable, preconditionOpts: { ifGenerationMatch: 0 } };
    await fixture.bucket.file("lease").save("first", options);
    expect(await statusOf(fixture.bucket.file("lease").save("second", options))).toBe(412);
    expect((await fixture.bucket.file("lease").download())[0].toString()).toBe("first");
  });

  test("of fifty creations at the same time one succeeds", async () => {
    await using fixture = await storageFixture();
    const create = (owner: number) =>
      fixture.bucket.file("lease").save(String(owner), { ...simple(), preconditionOpts: { ifGenerationMatch: 0 } });
    const statuses = await Promise.all(Array.from({ length: 50 }, (_, owner) => statusOf(create(owner))));
    const winners = statuses.flatMap((status, owner) => (status === undefined ? [owner] : []));
    expect(winners).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(49);
    expect((await fixture.bucket.file("lease").download())[0].toString()).toBe(String(winners[0]));
  });

  test("counters kept by compare-and-swap lose no increment", async () => {
    await using fixture = await storageFixture();
    const file = fixture.bucket.file("counter");
    await file.save("0", simple());
    const increment = async () => {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        const [{ generation }] = await file.getMetadata();
        const pinned = fixture.bucket.file("counter", { generation: Number(generation) });
        const value = await pinned.download().catch(() => undefined);
        if (value === undefined) continue;
        const preconditionOpts = { ifGenerationMatch: Number(generation) };
        const status = await statusOf(file.save(String(Number(value[0]) + 1), { ...simple(), preconditionOpts }));
        if (status === undefined) return;
        expect(status).toBe(412);
      }
      throw new Error("never won");
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    expect((await file.download())[0].toString()).toBe("12");
  });

  test("a delete of another generation is refused", async () => {
    await using fixture = await storageFixture();
    await fixture.bucket.file("f").save("x", simple());
    const [{ generation }] = await fixture.bucket.file("f").getMetadata();
    expect(await statusOf(fixture.bucket.file("f").delete({ ifGenerationMatch: Number(generation) - 1 }))).toBe(412);
    await fixture.bucket.file("f").delete({ ifGenerationMatch: Number(generation) });
    expect((await fixture.bucket.file("f").exists())[0]).toBe(false);
  });

  test("holds for patch, copy and compose as well", async () => {
    await using fixture = await storageFixture();
    const { bucket } = fixture;
    await bucket.file("f").save("x", simple());
    await bucket.file("g").save("y", simple());
    const patch = (query: string) =>
      fixture.fetch(`/storage/v1/b/landing/o/f?${query}`, { method: "PATCH", body: "{}" });
    expect((await patch("ifGenerationMatch=5")).status).toBe(412);
    expect((await patch("ifMetagenerationMatch=2")).status).toBe(412);
    expect((await patch("ifMetagenerationMatch=1")).status).toBe(200);
    expect(
      await statusOf(bucket.file("f").copy(bucket.file("g"), { preconditionOpts: { ifGenerationMatch: 0 } })),
    ).toBe(412);
    expect(await statusOf(bucket.combine(["f", "f"], bucket.file("g"), { ifGenerationMatch: 0 }))).toBe(412);
    const copy = await fixture.fetch("/storage/v1/b/landing/o/f/copyTo/b/landing/o/h?ifSourceGenerationMatch=7", {
      method: "POST",
    });
    expect(copy.status).toBe(412);
  });
});

test("a conditional read answers 304 for the version the caller has", async () => {
  await using fixture = await storageFixture();
  await fixture.bucket.file("f").save("x", simple());
  const [{ generation, etag }] = await fixture.bucket.file("f").getMetadata();
  const read = (query: string, headers: Record<string, string> = {}) =>
    fixture.fetch(`/storage/v1/b/landing/o/f?alt=media&${query}`, { headers });
  expect((await read(`ifGenerationNotMatch=${generation}`)).status).toBe(304);
  expect((await read("ifGenerationNotMatch=1")).status).toBe(200);
  expect((await read("ifMetagenerationNotMatch=1")).status).toBe(304);
  expect((await read("ifGenerationMatch=1")).status).toBe(412);
  expect((await read("", { "if-none-match": String(etag) })).status).toBe(304);
  expect((await read("ifGenerationMatch=abc")).status).toBe(400);
});

test("generations grow with every write, also across restarts and deletes", async () => {
  await using first = await storageFixture();
  const generations: number[] = [];
  const write = async ({ bucket }: typeof first) => {
    await bucket.file("f").save("x", simple());
    generations.push(Number((await bucket.file("f").getMetadata())[0].generation));
  };
  await write(first);
  await write(first);
  await first.bucket.file("f").delete();
  await write(first);
  await using second = await first.restart();
  await write(second);
  expect(generations).toEqual([...new Set(generations)].sort((a, b) => a - b));
  expect(generations.every(Number.isSafeInteger)).toBe(true);
});

describe("checkPreconditions", () => {
  const object = { generation: 7, metageneration: 2 } as StoredObject;
  test.each([
    ["generationMatch", 7, object, undefined],
    ["generationMatch", 8, object, 412],
    ["generationMatch", 0, object, 412],
    ["generationMatch", 0, undefined, undefined],
    ["generationMatch", 7, undefined, 412],
    ["generationNotMatch", 7, object, 304],
    ["generationNotMatch", 0, object, undefined],
    ["generationNotMatch", 0, undefined, 304],
    ["generationNotMatch", 7, undefined, 412],
    ["metagenerationMatch", 2, object, undefined],
    ["metagenerationMatch", 1, object, 412],
    ["metagenerationMatch", 2, undefined, 412],
    ["metagenerationNotMatch", 2, object, 304],
    ["metagenerationNotMatch", 1, object, undefined],
    ["metagenerationNotMatch", 1, undefined, 412],
  ] as const)("%s=%d of %j answers %s", (condition, value, subject, status) => {
    const check = () => checkPreconditions(subject, { [condition]: value });
    if (status === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ status }));
  });
});
