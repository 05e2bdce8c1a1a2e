import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { RetryableError } from "../../shared/errors.ts";
import { PartWriter } from "../../shared/extract/part-writer.ts";
import type { ObjectStore, StoredObject } from "../../shared/ports/object-store.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const name = "d1/students/2011/run=r1/part-000-00000-1.ndjson.gz";
const line = (text: string): Buffer => Buffer.from(`{"t":"${text}"}\n`);

/** A landing that takes parts as it likes. */
function landing(take: (content: Readable) => Promise<StoredObject>): ObjectStore {
  return { ...fakeObjectStore(), writeStream: (_, content) => take(content) };
}

test("a part is there when it is closed, whole, with its rows and size", async () => {
  const store = fakeObjectStore();
  const writer = new PartWriter(store, name);
  await writer.write(Buffer.concat([line("a"), line("b")]), 2);
  await writer.write(line("é"), 1);
  expect(store.objects.size).toBe(0);
  const part = await writer.close();
  const stored = store.objects.get(name);
  expect(part).toEqual({ name, generation: stored?.generation, size_bytes: expect.any(Number), rows: 3 });
  expect(gunzipSync(Buffer.from(stored?.body ?? "", "latin1")).toString()).toBe('{"t":"a"}\n{"t":"b"}\n{"t":"é"}\n');
  expect(writer.bytes).toBe(31);
});

test("a part that was abandoned does not appear", async () => {
  const store = fakeObjectStore();
  const writer = new PartWriter(store, name);
  await writer.write(line("a"), 1);
  writer.abandon();
  await setImmediate();
  expect(store.objects.size).toBe(0);
  await expect(writer.close()).rejects.toThrow();
});

test("a landing that refuses a part at once fails the next write, and the one after", async () => {
  const store = landing(() => Promise.reject(new RetryableError("503")));
  const writer = new PartWriter(store, name);
  await setImmediate();
  await expect(writer.write(line("a"), 1)).rejects.toThrow("503");
  await expect(writer.write(line("b"), 1)).rejects.toThrow("503");
  await expect(writer.close()).rejects.toThrow("503");
  writer.abandon();
});

test("a landing that fails while it is slower than the source does not keep the source waiting for ever", async () => {
  const store = landing(async (content) => {
    // Takes a little, then nothing more.
    await new Promise((resolve) => content.once("readable", resolve));
    await setImmediate();
    throw new RetryableError("broken off");
  });
  const writer = new PartWriter(store, name);
  const noise = Buffer.alloc(4 * 1024 * 1024);
  for (let index = 0; index < noise.length; index += 4) noise.writeUInt32LE((index * 2654435761) % 4294967296, index);
  const writing = async (): Promise<void> => {
    for (let more = 0; more < 50; more += 1) await writer.write(noise, 1);
  };
  await expect(writing()).rejects.toThrow("broken off");
});
