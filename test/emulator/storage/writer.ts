import { createHash, randomBytes } from "node:crypto";
import { Storage } from "@google-cloud/storage";
import { startStorage } from "../../../emulator/storage/server.ts";

/** Writes, replaces and deletes objects as fast as it can, and says on its output what was acknowledged. Runs until it is killed. */
const [folder = "", round = ""] = process.argv.slice(2);
const server = await startStorage({ folder, projectId: "p" });
const storage = new Storage({ projectId: "p", apiEndpoint: server.url, retryOptions: { maxRetries: 0 } });
const bucket = storage.bucket("landing");
if (round === "0") await bucket.create();

async function write(lane: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const name = `lane-${lane}/${count % 5}`;
    const file = bucket.file(name);
    if (count % 7 === 6) {
      console.log(`deleting ${name}`);
      await file.delete({ ignoreNotFound: true });
      console.log(`deleted ${name}`);
      continue;
    }
    const content = randomBytes(1 + ((count * 7919) % 400_000));
    const hash = createHash("sha256").update(content).digest("hex");
    console.log(`writing ${name} ${hash}`);
    await file.save(content, { resumable: count % 3 === 0 });
    console.log(`wrote ${name} ${hash}`);
  }
}

console.log("ready");
await Promise.all([0, 1, 2, 3].map(write));
