import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "@jest/globals";
import { type StorageServer, startStorage } from "../../emulator/storage/server.ts";
import { PermanentError } from "../../shared/errors.ts";
import { openStorage } from "../../shared/google/storage.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { objectStoreContract } from "../contract/object-store.ts";

let server: StorageServer;
let store: ObjectStore;

async function open() {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-storage-"));
  server = await startStorage({ folder, projectId: "demo" });
  const buckets = openStorage({ projectId: "demo", endpoint: server.url });
  await buckets.ensureBucket("landing");
  await buckets.ensureBucket("landing");
  store = buckets.bucket("landing");
  return {
    store,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

objectStoreContract(open);

test("says that the bucket is full, and what to do", async () => {
  server.setQuota(1);
  try {
    await expect(store.write("full", "xx", "0")).rejects.toThrow(/full.*Free some space/);
    await expect(store.writeStream("full", Readable.from(["xx"]), "text/plain")).rejects.toBeInstanceOf(PermanentError);
  } finally {
    server.setQuota(undefined);
  }
  expect(await store.stat("full")).toBeUndefined();
});
