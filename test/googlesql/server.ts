import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const here = import.meta.dirname;
const library = join(here, "node_modules", "@fivetrandevelopers", "zetasql", "lib", "zetasql");

/** The folder of the service's .proto files, once {@link install} has run. */
export const protoFolder = join(library, "protos");

/** Installs this package's own dependencies if they are not there. @throws Error when npm fails */
export function install(): void {
  if (existsSync(protoFolder)) return;
  console.log("Installing the analyzer (112 MB, once): npm ci --prefix test/googlesql");
  const { status, error } = spawnSync("npm", ["ci", "--prefix", here], { stdio: "inherit" });
  if (status !== 0) throw new Error("npm ci --prefix test/googlesql failed", { cause: error });
}

export interface Server {
  readonly port: number;
  /** What the process wrote, when it has ended by itself; undefined while it runs. */
  failure(): string | undefined;
  stop(): Promise<void>;
}

/** Starts the bundled server on a free port of the loopback interface. */
export async function startServer(): Promise<Server> {
  const port = await freePort();
  const child = spawn(binary(), ["localhost", String(port)], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let ended = false;
  const note = (chunk: Buffer): void => {
    output = `${output}${chunk.toString()}`.slice(-2000);
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  child.on("error", (error) => {
    output += error.message;
    ended = true;
  });
  child.on("exit", () => {
    ended = true;
  });
  return { port, failure: () => (ended ? output || "it said nothing" : undefined), stop: () => stop(child) };
}

function binary(): string {
  if (process.platform !== "linux" && process.platform !== "darwin") {
    throw new Error(`the analyzer comes for Linux and macOS, not for ${process.platform}`);
  }
  const architecture = process.arch.startsWith("arm") ? "_arm" : "";
  return join(library, `remote_server${architecture}${process.platform === "darwin" ? "" : ".so"}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
