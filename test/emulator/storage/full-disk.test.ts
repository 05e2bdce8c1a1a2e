import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type Fixture, simple, statusOf, storageFixture } from "./fixture.ts";

const size = 1_000_000;

async function files(fixture: Fixture): Promise<string[]> {
  const entries = await readdir(fixture.folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test.each([
  ["simple", { resumable: false }],
  ["resumable", { resumable: true }],
  ["chunked", { resumable: true, chunkSize: 256 * 1024 }],
])("a full disk answers a %s upload with 507, leaves nothing, and is no longer full after that", async (_, options) => {
  await using fixture = await storageFixture({ quotaBytes: 1.5 * size });
  await fixture.bucket.file("a").save(Buffer.alloc(size), simple());
  const before = await files(fixture);
  expect(await statusOf(fixture.bucket.file("b").save(Buffer.alloc(size), { ...options }))).toBe(507);
  expect((await fixture.bucket.file("b").exists())[0]).toBe(false);
  expect(await files(fixture)).toEqual(before);
  await fixture.bucket.file("small").save(Buffer.alloc(size / 2), simple());
  await fixture.bucket.file("a").delete();
  await fixture.bucket.file("b").save(Buffer.alloc(size), { ...options });
  expect((await fixture.bucket.file("b").getMetadata())[0].size).toBe(String(size));
});

test("the error says what happened", async () => {
  await using fixture = await storageFixture({ quotaBytes: 10 });
  await expect(fixture.bucket.file("a").save(Buffer.alloc(100), simple())).rejects.toThrow("No space left");
});

test("copies and compositions need space too, and replacing gives it back", async () => {
  await using fixture = await storageFixture({ quotaBytes: 2.5 * size });
  const { bucket } = fixture;
  await bucket.file("a").save(Buffer.alloc(size), simple());
  await bucket.file("a").copy(bucket.file("b"));
  expect(await statusOf(bucket.file("a").copy(bucket.file("c")))).toBe(507);
  expect(await statusOf(bucket.combine(["a", "b"], "d"))).toBe(507);
  for (let round = 0; round < 4; round += 1) {
    await bucket.file("b").save(Buffer.alloc(size / 2), simple());
  }
  expect((await bucket.getFiles())[0].map(({ name }) => name)).toEqual(["a", "b"]);
});

test("the space in use is known after a restart", async () => {
  await using first = await storageFixture({ quotaBytes: 1.5 * size });
  await first.bucket.file("a").save(Buffer.alloc(size), simple());
  await using second = await first.restart();
  expect(await statusOf(second.bucket.file("b").save(Buffer.alloc(size), simple()))).toBe(507);
  second.server.setQuota(undefined);
  await second.bucket.file("b").save(Buffer.alloc(size), simple());
});

test("uploads refused for other reasons give their space back", async () => {
  await using fixture = await storageFixture({ quotaBytes: 1.5 * size });
  for (let round = 0; round < 3; round += 1) {
    const wrong = { ...simple(), metadata: { md5Hash: "1B2M2Y8AsgTpgAmY7PhCfg==" } };
    expect(await statusOf(fixture.bucket.file("a").save(Buffer.alloc(size), wrong))).toBe(400);
  }
  await fixture.bucket.file("a").save(Buffer.alloc(size), simple());
});
