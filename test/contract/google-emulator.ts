import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { PubSubUnderTest } from "./pubsub.ts";

/** Where the component pubsub-emulator of the Google Cloud CLI may lie. */
const places = [
  "/usr/lib/google-cloud-sdk",
  "/usr/share/google-cloud-sdk",
  "/opt/google-cloud-sdk",
  "/snap/google-cloud-cli/current",
  join(process.env.HOME ?? "/root", "google-cloud-sdk"),
];

function hasJava(): boolean {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The archive of Google's Pub/Sub emulator, if it and Java are on this machine. */
export const googleEmulatorJar = hasJava()
  ? places.flatMap((place) => globSync(join(place, "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar")))[0]
  : undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function untilItListens(child: ChildProcess): Promise<void> {
  if (!child.stderr) throw new Error("The emulator has no output.");
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("Server started")) return;
  }
  throw new Error("Google's Pub/Sub emulator ended before it listened");
}

/** Starts Google's Pub/Sub emulator on a free port of the loopback address. */
export async function startGoogleEmulator(jar: string): Promise<PubSubUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-original-"));
  const port = await freePort();
  const words = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-jar", jar];
  const child = spawn("java", [...words, "--host=127.0.0.1", `--port=${port}`, `--data-dir=${folder}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await untilItListens(child);
  child.stderr?.resume();
  return {
    projectId: "contract-project",
    host: `127.0.0.1:${port}`,
    close: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
