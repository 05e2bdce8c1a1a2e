import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { parseRange } from "../../../emulator/storage/downloads.ts";
import { simple, statusOf, storageFixture } from "./fixture.ts";

const url = "/storage/v1/b/landing/o/f?alt=media";

test("ranges are answered with 206 and what they ask for", async () => {
  await using fixture = await storageFixture();
  await fixture.bucket.file("f").save("0123456789", simple());
  const read = async (range: string) => {
    const answer = await fixture.fetch(url, { headers: { range } });
    return [answer.status, answer.headers.get("content-range"), answer.status === 416 ? "" : await answer.text()];
  };
  expect(await read("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
  expect(await read("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await read("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await read("bytes=5-100")).toEqual([206, "bytes 5-9/10", "56789"]);
  expect((await read("bytes=10-"))[0]).toBe(416);
  expect((await read("bytes=0-1,3-4"))[0]).toBe(200);
  const [middle] = await fixture.bucket.file("f").download({ start: 1, end: 3 });
  expect(middle.toString()).toBe("123");
  expect(await statusOf(fixture.bucket.file("f").download({ start: 50, end: 60 }))).toBe(416);
});

describe("an object stored with Content-Encoding gzip", () => {
  const text = "hello ".repeat(1000);

  test("comes unpacked from the client, and packed when the caller accepts gzip", async () => {
    await using fixture = await storageFixture();
    await fixture.bucket.file("f").save(text, { ...simple(), gzip: true });
    const [metadata] = await fixture.bucket.file("f").getMetadata();
    expect(metadata.contentEncoding).toBe("gzip");
    expect(Number(metadata.size)).toBeLessThan(500);
    expect((await fixture.bucket.file("f").download())[0].toString()).toBe(text);
    const packed = await fixture.bucket.file("f").download({ decompress: false });
    expect(packed[0]).toHaveLength(Number(metadata.size));
  });

  test("is unpacked for a caller who does not accept gzip, unless it must not be transformed", async () => {
    await using fixture = await storageFixture();
    const content = gzipSync(text);
    const metadata = { contentEncoding: "gzip" };
    await fixture.bucket.file("f").save(content, { ...simple(), metadata });
    const plain = await fixture.fetch(url, { headers: { "accept-encoding": "identity", range: "bytes=0-1" } });
    expect(plain.status).toBe(200);
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.headers.get("x-goog-stored-content-encoding")).toBe("gzip");
    expect(await plain.text()).toBe(text);
    await fixture.bucket
      .file("f")
      .save(content, { ...simple(), metadata: { ...metadata, cacheControl: "no-transform" } });
    const kept = await fixture.fetch(url, { headers: { "accept-encoding": "identity" } });
    expect(kept.headers.get("content-encoding")).toBe("gzip");
  });
});

test("the address of the XML API, the download address and HEAD work too", async () => {
  await using fixture = await storageFixture();
  await fixture.bucket.file("a b/ü.txt").save("text", { ...simple(), metadata: { metadata: { run: "r1" } } });
  const xml = await fixture.fetch("/landing/a%20b/%C3%BC.txt");
  expect(await xml.text()).toBe("text");
  expect(xml.headers.get("x-goog-meta-run")).toBe("r1");
  expect(await (await fixture.fetch("/download/storage/v1/b/landing/o/a%20b%2F%C3%BC.txt?alt=media")).text()).toBe(
    "text",
  );
  const head = await fixture.fetch("/landing/a%20b/%C3%BC.txt", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "4", ""]);
  expect((await fixture.fetch("/landing/none")).status).toBe(404);
});

test("a reader that began before an object was replaced reads the old one to its end", async () => {
  await using fixture = await storageFixture();
  await fixture.bucket.file("f").save(Buffer.alloc(5_000_000, 1), simple());
  const answer = await fixture.fetch(url);
  await fixture.bucket.file("f").save(Buffer.alloc(5_000_000, 2), simple());
  const content = new Uint8Array(await answer.arrayBuffer());
  expect(content).toHaveLength(5_000_000);
  expect(content.every((value) => value === 1)).toBe(true);
});

describe("parseRange", () => {
  test.each([
    [undefined, 10, undefined],
    ["bytes=0-0", 10, { start: 0, end: 0 }],
    ["bytes=-100", 10, { start: 0, end: 9 }],
    ["bytes=5-2", 10, undefined],
    ["chunks=0-1", 10, undefined],
    ["bytes=-", 10, undefined],
  ])("%s of %d bytes is %j", (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected);
  });

  test.each([
    ["bytes=10-", 10],
    ["bytes=-0", 10],
    ["bytes=0-", 0],
  ])("%s of %d bytes cannot be satisfied", (header, size) => {
    expect(() => parseRange(header, size)).toThrow(expect.objectContaining({ status: 416 }));
  });
});
