import { Readable, Transform } from "node:stream";
import type { ObjectStore, StoredObject } from "../../shared/ports/object-store.ts";
import type { FakeObjectStore } from "../fakes/object-store.ts";
import type { Process } from "./process.ts";

/** Told of each object that was written, right after. */
export type Watcher = (name: string, body: string, before: string | undefined) => void;

/**
 * Parts are compressed on other threads, which no seed decides. Here the stream passes its bytes on as they are; the warehouse reads both.
 */
function withoutThreads(content: Readable): Readable {
  if (content instanceof Transform) {
    // The lines' buffer is used again for the next page, so they are copied.
    content._transform = (chunk: Uint8Array, _, done) => done(null, Buffer.from(chunk));
    content._flush = (done) => done();
  }
  return content;
}

/** All bytes of a stream. */
export async function gather(content: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of withoutThreads(content)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A bucket as one process sees it. */
export function bucketFor(process: Process, bucket: string, store: FakeObjectStore, watch: Watcher): ObjectStore {
  const call = <Result>(verb: string, name: string, effect: () => Promise<Result>): Promise<Result> =>
    process.call(`${bucket} ${verb} ${name}`, effect);
  return {
    uri: store.uri,
    read: (name) => call("read", name, () => store.read(name)),
    stat: (name) => call("stat", name, () => store.stat(name)),
    delete: (name, ifGeneration) => call("delete", name, () => store.delete(name, ifGeneration)),
    write: (name, body, ifGeneration) => {
      const effect = async (): Promise<string> => {
        const before = store.objects.get(name)?.body;
        const generation = await store.write(name, body, ifGeneration);
        watch(name, body, before);
        return generation;
      };
      return process.call(`${bucket} write ${name}`, effect, { writes: name, isConditional: true });
    },
    writeStream: async (name, content, contentType) => {
      const body = await gather(content);
      const effect = () => store.writeStream(name, streamOf(body), contentType);
      return process.call(`${bucket} writeStream ${name}`, effect, { writes: name, isConditional: true });
    },
    async *list(prefix) {
      yield* await call("list", prefix, () => listed(store, prefix));
    },
  };
}

async function listed(store: FakeObjectStore, prefix: string): Promise<StoredObject[]> {
  return Array.fromAsync(store.list(prefix));
}

function streamOf(body: Buffer): Readable {
  return Readable.from([body]);
}
