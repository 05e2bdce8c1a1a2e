import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { startEmulator } from "../../emulator/emulator.ts";
import { setVariables } from "../../shared/config/environment.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openTopics } from "../../shared/google/topics.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Connection } from "../deployment/connection.ts";
import type { Home } from "./home.ts";
import { localNames, localProject } from "./host.ts";
import { grantRestricted } from "./restricted.ts";
import { subscribed } from "./subscribed.ts";

const addressesSchema = z.object({
  pid: z.int(),
  storageUrl: z.url(),
  pubsubHost: z.string(),
  bigqueryUrl: z.url(),
});

type Addresses = z.infer<typeof addressesSchema>;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user answers EPERM: it lives.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where the process that has the state folder open can be reached, or undefined when there is none. */
export function runningAddresses(home: Home): Addresses | undefined {
  const file = join(home.folder, "emulator.json");
  if (!existsSync(file)) return undefined;
  const parsed = addressesSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

/**
 * Connects to the process that has the state folder open, or opens the folder for as long as the command takes.
 * @param user whom the warehouse is asked for: they see what the dataset `restricted` shows them. Everything, when left out
 */
export async function connect(home: Home, user?: string): Promise<Connection> {
  const running = runningAddresses(home);
  const emulator = running
    ? undefined
    : await startEmulator({ folder: home.folder, projectId: localProject, holdPushesMs: Number.POSITIVE_INFINITY });
  const addresses = running ?? emulator;
  if (!addresses) throw new Error("neither a running emulator nor a new one");
  setVariables({ METADATA_SERVER_DETECTION: "none" });
  const buckets = openStorage({ projectId: localProject, endpoint: addresses.storageUrl });
  const topics = openTopics({ projectId: localProject, emulatorHost: addresses.pubsubHost });
  if (user !== undefined) await grantRestricted(addresses.bigqueryUrl, localProject);
  await buckets.ensureBucket(localNames.control);
  await buckets.ensureBucket(localNames.landing);
  await topics.createTopic(localNames.deadLetters);
  await topics.ensurePullSubscription(localNames.deadLetters, localNames.deadLetters);
  return {
    control: buckets.bucket(localNames.control),
    landing: buckets.bucket(localNames.landing),
    warehouse: openWarehouse({
      projectId: localProject,
      location: "US",
      endpoint: addresses.bigqueryUrl,
      user,
      clock: systemClock,
    }),
    topics: running ? subscribed(topics) : topics,
    isRunning: running !== undefined,
    close: async () => {
      await topics.close();
      await emulator?.close();
    },
  };
}
