import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { simple, statusOf, storageFixture } from "./fixture.ts";

describe("uploads by the real client", () => {
  test.each([
    ["simple", { resumable: false }],
    ["resumable", { resumable: true }],
    ["resumable in chunks", { resumable: true, chunkSize: 256 * 1024 }],
  ])("a %s upload is stored byte for byte, with its checksums", async (_, options) => {
    await using fixture = await storageFixture();
    const content = randomBytes(700_001);
    const file = fixture.bucket.file("a/part.bin");
    await file.save(content, { ...options, contentType: "application/x-test", metadata: { metadata: { run: "r1" } } });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({
      name: "a/part.bin",
      bucket: "landing",
      size: "700001",
      contentType: "application/x-test",
      metageneration: "1",
      md5Hash: createHash("md5").update(content).digest("base64"),
      metadata: { run: "r1" },
    });
    const [downloaded] = await file.download({ validation: "crc32c" });
    expect(downloaded.equals(content)).toBe(true);
  });

  test.each([true, false])("an empty object can be stored (resumable: %s)", async (resumable) => {
    await using fixture = await storageFixture();
    await fixture.bucket.file("empty").save("", { resumable });
    const [content] = await fixture.bucket.file("empty").download();
    expect(content).toHaveLength(0);
    expect((await fixture.bucket.file("empty").getMetadata())[0].crc32c).toBe("AAAAAA==");
  });

  test("a stream of unknown length is stored, and the file on the disk ends like the object's name", async () => {
    await using fixture = await storageFixture();
    const lines = Array.from({ length: 5000 }, (_, index) => `${JSON.stringify({ index })}\n`);
    const file = fixture.bucket.file("x/part-00000.ndjson.gz");
    await pipeline(
      Readable.from(lines),
      createGzip(),
      file.createWriteStream({ resumable: true, contentType: "application/gzip" }),
    );
    const path = fixture.server.resolve("landing", "x/part-00000.ndjson.gz");
    expect(path).toMatch(/part-00000\.ndjson\.gz$/);
    expect(gunzipSync(await readFile(path ?? "")).toString()).toBe(lines.join(""));
  });

  test("content that is not what its checksum promises is refused and leaves nothing", async () => {
    await using fixture = await storageFixture();
    const upload = (headers: Record<string, string>) =>
      fixture.fetch("/upload/storage/v1/b/landing/o?uploadType=media&name=bad", {
        method: "POST",
        body: "abc",
        headers,
      });
    expect((await upload({ "x-goog-hash": "crc32c=AAAAAA==" })).status).toBe(400);
    expect((await upload({ "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" })).status).toBe(400);
    expect((await fixture.bucket.file("bad").exists())[0]).toBe(false);
    // RFC 3720, appendix B.4 gives the CRC of 32 zeros.
    const zeros = await fixture.fetch("/upload/storage/v1/b/landing/o?uploadType=media&name=zeros", {
      method: "POST",
      body: new Uint8Array(32),
      headers: { "x-goog-hash": "crc32c=ipE2qg==" },
    });
    expect(zeros.status).toBe(200);
  });

  test("a checksum in the object resource is checked too", async () => {
    await using fixture = await storageFixture();
    const wrong = fixture.bucket
      .file("bad")
      .save("abc", { ...simple(), metadata: { md5Hash: "1B2M2Y8AsgTpgAmY7PhCfg==" } });
    expect(await statusOf(wrong)).toBe(400);
    expect((await fixture.bucket.file("bad").exists())[0]).toBe(false);
  });

  test("an object becomes visible whole: readers never see a part of it", async () => {
    await using fixture = await storageFixture();
    const file = fixture.bucket.file("big");
    const writes = Array.from({ length: 10 }, (_, index) => file.save(Buffer.alloc(200_000, index + 65), simple()));
    let isDone = false;
    const reading = (async () => {
      let reads = 0;
      while (!isDone) {
        const content = await file.download().catch((error: { code?: number }) => {
          if (error.code !== 404) throw error;
        });
        if (content === undefined) continue;
        reads += 1;
        expect(content[0]).toHaveLength(200_000);
        expect(new Set(content[0]).size).toBe(1);
      }
      return reads;
    })();
    await Promise.all(writes);
    isDone = true;
    expect(await reading).toBeGreaterThan(0);
  });
});

describe("metadata", () => {
  test("a patch merges custom metadata, deletes with null and raises the metageneration", async () => {
    await using fixture = await storageFixture();
    const file = fixture.bucket.file("f");
    await file.save("x", { ...simple(), metadata: { cacheControl: "no-store", metadata: { a: "1", b: "2" } } });
    await file.setMetadata({ cacheControl: null as unknown as string, metadata: { b: null, c: "3" } });
    const [metadata] = await file.getMetadata();
    expect(metadata.metadata).toEqual({ a: "1", c: "3" });
    expect(metadata.cacheControl).toBeUndefined();
    expect(metadata.metageneration).toBe("2");
  });

  test("an update (PUT) replaces all that can be edited", async () => {
    await using fixture = await storageFixture();
    await fixture.bucket
      .file("f")
      .save("x", { ...simple(), metadata: { cacheControl: "no-store", metadata: { a: "1" } } });
    const answer = await fixture.fetch("/storage/v1/b/landing/o/f", {
      method: "PUT",
      body: '{"contentType":"text/plain"}',
    });
    const resource = (await answer.json()) as Record<string, unknown>;
    expect(resource).toMatchObject({ contentType: "text/plain", metageneration: "2" });
    expect(resource).not.toHaveProperty("metadata");
    expect(resource).not.toHaveProperty("cacheControl");
  });
});

test("numbers and truth values in custom metadata become text", async () => {
  await using fixture = await storageFixture();
  const body = '{"metadata":{"count":3,"done":true}}';
  await fixture.bucket.file("f").save("x", simple());
  const answer = await fixture.fetch("/storage/v1/b/landing/o/f", { method: "PATCH", body });
  expect(await answer.json()).toMatchObject({ metadata: { count: "3", done: "true" } });
});

describe("copies", () => {
  test("copy, move and rename keep content and metadata", async () => {
    await using fixture = await storageFixture();
    const { bucket } = fixture;
    await bucket.file("a").save("content", { ...simple(), contentType: "text/x", metadata: { metadata: { k: "v" } } });
    await bucket.file("a").copy(bucket.file("dir/b"));
    await bucket.file("dir/b").move("c");
    expect((await bucket.file("dir/b").exists())[0]).toBe(false);
    expect((await bucket.file("c").download())[0].toString()).toBe("content");
    expect((await bucket.file("c").getMetadata())[0]).toMatchObject({ contentType: "text/x", metadata: { k: "v" } });
    expect((await bucket.file("a").exists())[0]).toBe(true);
  });

  test("a copy lives on when its source is deleted", async () => {
    await using fixture = await storageFixture();
    const { bucket } = fixture;
    await bucket.file("a").save("content", simple());
    await bucket.file("a").copy(bucket.file("b"));
    await bucket.file("a").delete();
    expect((await bucket.file("b").download())[0].toString()).toBe("content");
  });

  test("compose joins in order, counts components and has no MD5", async () => {
    await using fixture = await storageFixture();
    const { bucket } = fixture;
    await bucket.file("1").save("one,", simple());
    await bucket.file("2").save("two,", simple());
    await bucket.combine(["1", "2"], "12");
    await bucket.combine(["12", "1"], "121");
    expect((await bucket.file("121").download())[0].toString()).toBe("one,two,one,");
    const [metadata] = await bucket.file("121").getMetadata();
    expect(metadata).toMatchObject({ componentCount: 3, size: "12" });
    expect(metadata.md5Hash).toBeUndefined();
    expect(await statusOf(bucket.combine(["1", "missing"], "x"))).toBe(404);
    // Python's client says what it does not know as null.
    const sourceObjects = ["1", "2"].map((name) => ({ name, generation: null, objectPreconditions: null }));
    const url = `${fixture.server.url}/storage/v1/b/${bucket.name}/o/py/compose`;
    const composed = await fetch(url, { method: "POST", body: JSON.stringify({ sourceObjects, destination: {} }) });
    expect([composed.status, (await bucket.file("py").download())[0].toString()]).toEqual([200, "one,two,"]);
  });
});

describe("names", () => {
  const names = [
    "a/b/c",
    "../../etc/passwd",
    "..",
    "a/../b",
    "./a",
    "/leading",
    "trailing/",
    "double//slash",
    "space and + plus & ampersand?query#hash",
    "percent%2Fencoded%zz",
    "ünïcödé/日本語/🎒.json",
    "quote\"back\\slash'*?[x]{y}",
    "CON",
    "nul.txt",
    "tab\tand\u0001control",
    `long/${"x".repeat(1000)}`,
    "Case",
    "case",
    "CASE",
    "__proto__",
  ].filter((name) => name !== "..");

  test("any name Cloud Storage takes is safe, also after a restart", async () => {
    await using first = await storageFixture();
    await Promise.all(names.map((name) => first.bucket.file(name).save(`<${name}>`, simple())));
    await using second = await first.restart();
    for (const name of names) {
      expect((await second.bucket.file(name).download())[0].toString()).toBe(`<${name}>`);
      expect(second.server.resolve("landing", name)?.startsWith(second.folder)).toBe(true);
    }
    const [files] = await second.bucket.getFiles();
    expect(files.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  test.each(["..", ".", "line\nbreak", "x".repeat(1025), ".well-known/acme-challenge/x"])(
    "the name %j is refused",
    async (name) => {
      await using fixture = await storageFixture();
      const answer = await fixture.fetch(
        `/upload/storage/v1/b/landing/o?uploadType=media&name=${encodeURIComponent(name)}`,
        {
          method: "POST",
          body: "x",
        },
      );
      expect(answer.status).toBe(400);
    },
  );
});

test("what does not exist is 404, as the client expects it", async () => {
  await using fixture = await storageFixture();
  const { bucket, storage } = fixture;
  expect(await statusOf(bucket.file("no").download())).toBe(404);
  expect(await statusOf(bucket.file("no").getMetadata())).toBe(404);
  expect(await statusOf(bucket.file("no").delete())).toBe(404);
  expect(await statusOf(bucket.file("no").setMetadata({ contentType: "x" }))).toBe(404);
  expect(await statusOf(bucket.file("no").copy(bucket.file("x")))).toBe(404);
  expect(await statusOf(storage.bucket("no-such-bucket").file("f").save("x", simple()))).toBe(404);
  expect(await statusOf(storage.bucket("no-such-bucket").getFiles())).toBe(404);
  await bucket.file("f").save("x", simple());
  const [{ generation }] = await bucket.file("f").getMetadata();
  expect(await statusOf(bucket.file("f", { generation: Number(generation) - 1 }).download())).toBe(404);
  expect((await bucket.file("f", { generation: Number(generation) }).download())[0].toString()).toBe("x");
});

test("what the emulator does not offer says so", async () => {
  await using fixture = await storageFixture();
  const answer = await fixture.fetch("/storage/v1/b/landing/iam");
  expect(answer.status).toBe(501);
  expect(JSON.stringify(await answer.json())).toContain("GET /storage/v1/b/landing/iam");
});

test.each([{ host: "evil.example" }, { origin: "https://evil.example" }, { origin: "null" }])(
  "a request with %j is refused, so that no web page can reach the objects",
  async (headers) => {
    await using fixture = await storageFixture();
    const status = await new Promise((resolve, reject) => {
      request(`${fixture.server.url}/storage/v1/b`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  },
);
