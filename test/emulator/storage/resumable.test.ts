import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { parseUploadRange } from "../../../emulator/storage/resumable.ts";
import { type Fixture, storageFixture } from "./fixture.ts";

const unit = 256 * 1024;

async function start(fixture: Fixture, query = "", headers: Record<string, string> = {}): Promise<string> {
  const path = `/upload/storage/v1/b/landing/o?uploadType=resumable&name=big${query}`;
  const answer = await fixture.fetch(path, { method: "POST", headers });
  expect(answer.status).toBe(200);
  return answer.headers.get("location") ?? "";
}

function put(
  session: string,
  range: string,
  body?: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(session, { method: "PUT", headers: { "content-range": range, ...headers }, ...(body ? { body } : {}) });
}

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

test("chunks are taken in turn, and a status query says how far it is", async () => {
  await using fixture = await storageFixture();
  const session = await start(fixture);
  expect((await put(session, "bytes */*")).headers.get("range")).toBeNull();
  const first = await put(session, `bytes 0-${unit - 1}/*`, bytes(unit, 1));
  expect([first.status, first.headers.get("range")]).toEqual([308, `bytes=0-${unit - 1}`]);
  const status = await put(session, "bytes */*");
  expect([status.status, status.headers.get("range")]).toEqual([308, `bytes=0-${unit - 1}`]);
  expect((await fixture.bucket.file("big").exists())[0]).toBe(false);
  const last = await put(session, `bytes ${unit}-${unit + 9}/${unit + 10}`, bytes(10, 2));
  expect(last.status).toBe(200);
  const [content] = await fixture.bucket.file("big").download();
  expect(content.equals(Buffer.concat([bytes(unit, 1), bytes(10, 2)]))).toBe(true);
  const after = await put(session, "bytes */*");
  expect([after.status, ((await after.json()) as { name: string }).name]).toEqual([200, "big"]);
});

test("bytes sent again are taken once, and a gap is refused", async () => {
  await using fixture = await storageFixture();
  const session = await start(fixture);
  await put(session, `bytes 0-${unit - 1}/*`, bytes(unit, 1));
  expect((await put(session, `bytes ${unit * 2}-${unit * 3 - 1}/*`, bytes(unit, 9))).status).toBe(400);
  const overlap = await put(
    session,
    `bytes 0-${unit * 2 - 1}/${unit * 2}`,
    Buffer.concat([bytes(unit, 9), bytes(unit, 2)]),
  );
  expect(overlap.status).toBe(200);
  const [content] = await fixture.bucket.file("big").download();
  expect(content.equals(Buffer.concat([bytes(unit, 1), bytes(unit, 2)]))).toBe(true);
});

test("an upload goes on after a restart of the server", async () => {
  await using first = await storageFixture();
  const session = new URL(await start(first));
  await put(session.href, `bytes 0-${unit - 1}/*`, bytes(unit, 1));
  await using second = await first.restart();
  const moved = second.server.url + session.pathname + session.search;
  expect((await put(moved, "bytes */*")).headers.get("range")).toBe(`bytes=0-${unit - 1}`);
  expect((await put(moved, `bytes ${unit}-${unit}/${unit + 1}`, bytes(1, 2))).status).toBe(200);
  const [content] = await second.bucket.file("big").download({ validation: "md5" });
  expect(content.equals(Buffer.concat([bytes(unit, 1), bytes(1, 2)]))).toBe(true);
});

test("a finished upload answers with its object after a restart too, so that a lost answer can be had again", async () => {
  await using first = await storageFixture();
  const session = new URL(await start(first));
  await put(session.href, "bytes 0-2/3", bytes(3, 1));
  await using second = await first.restart();
  const again = await put(second.server.url + session.pathname + session.search, "bytes */*");
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ name: "big", size: "3" });
});

test("a cancelled upload is gone", async () => {
  await using fixture = await storageFixture();
  const session = await start(fixture);
  await put(session, `bytes 0-${unit - 1}/*`, bytes(unit, 1));
  expect((await fetch(session, { method: "DELETE" })).status).toBe(499);
  expect((await put(session, "bytes */*")).status).toBe(404);
  expect((await fixture.bucket.file("big").exists())[0]).toBe(false);
});

test("a wrong checksum, or a size other than declared, makes no object", async () => {
  await using fixture = await storageFixture();
  const wrong = await put(await start(fixture), "bytes 0-2/3", bytes(3, 1), { "x-goog-hash": "crc32c=AAAAAA==" });
  expect(wrong.status).toBe(400);
  const short = await put(await start(fixture, "", { "x-upload-content-length": "5" }), "bytes 0-2/3", bytes(3, 1));
  expect(short.status).toBe(400);
  expect((await fixture.bucket.file("big").exists())[0]).toBe(false);
});

test("the condition is checked at the end as well as at the start", async () => {
  await using fixture = await storageFixture();
  const session = await start(fixture, "&ifGenerationMatch=0");
  await fixture.bucket.file("big").save("someone else", { resumable: false });
  expect((await put(session, "bytes 0-2/3", bytes(3, 1))).status).toBe(412);
  expect((await fixture.bucket.file("big").download())[0].toString()).toBe("someone else");
  const late = await fixture.fetch("/upload/storage/v1/b/landing/o?uploadType=resumable&name=big&ifGenerationMatch=0", {
    method: "POST",
  });
  expect(late.status).toBe(412);
});

test("the bytes of a request that broke off are not lost", async () => {
  await using fixture = await storageFixture();
  const session = await start(fixture);
  const outgoing = request(session, { method: "PUT", headers: { "content-range": "bytes 0-*/*" } });
  const broken = once(outgoing, "error");
  await new Promise((resolve) => outgoing.write(bytes(unit, 1), resolve));
  outgoing.destroy(new Error("the caller went away"));
  await broken;
  let size = 0;
  for (let attempt = 0; attempt < 50 && size === 0; attempt += 1) {
    const range = (await put(session, "bytes */*")).headers.get("range");
    size = range === null ? 0 : Number(range.split("-")[1]) + 1;
  }
  expect(size).toBeGreaterThan(0);
  expect((await fixture.bucket.file("big").exists())[0]).toBe(false);
  expect((await put(session, `bytes */${size}`)).status).toBe(200);
  expect((await fixture.bucket.file("big").getMetadata())[0].size).toBe(String(size));
});

describe("parseUploadRange", () => {
  test.each([
    [undefined, { from: 0, isLast: true }],
    ["bytes */*", { isLast: false }],
    ["bytes */10", { total: 10, isLast: true }],
    ["bytes 0-9/10", { from: 0, total: 10, isLast: true }],
    ["bytes 5-9/*", { from: 5, isLast: false }],
    ["bytes 5-*/*", { from: 5, isLast: true }],
    ["bytes 5-*/20", { from: 5, total: 20, isLast: true }],
  ])("reads %s", (header, expected) => {
    expect(parseUploadRange(header)).toEqual(expected);
  });

  test.each(["bytes", "bytes 1", "items 0-1/2", "bytes -5/10"])("refuses %s", (header) => {
    expect(() => parseUploadRange(header)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
