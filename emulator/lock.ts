import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { errorCode } from "./error-code.ts";

const holderSchema = z.object({ pid: z.int(), port: z.int(), nonce: z.string() });
type Holder = z.infer<typeof holderSchema>;

const answerTimeoutMs = 2000;
const takeoverMs = 5000;

/** A folder that only one process may have open. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Locks a folder by a file. The file names the process and a loopback port on which that process answers with the lock's nonce, so that a
 * lock whose process was killed is recognised, even when its number is another process's by now, and taken over.
 * @throws Error that names the process that has the folder open.
 */
export async function lockFolder(file: string): Promise<FolderLock> {
  const nonce = randomUUID();
  const server = await answerWith(nonce);
  const own = `${file}.${nonce}`;
  try {
    const { port } = server.address() as AddressInfo;
    await writeFile(own, JSON.stringify({ pid: process.pid, port, nonce } satisfies Holder), { flush: true });
    // A link appears with its content at once, and only where there is no file yet.
    if (!(await succeeds(link(own, file), "EEXIST"))) await takeOver(file, own);
  } catch (error) {
    await close(server);
    throw error;
  } finally {
    await rm(own, { force: true });
  }
  return {
    release: async () => {
      if ((await readHolder(file))?.nonce === nonce) await rm(file, { force: true });
      await close(server);
    },
  };
}

/** Replaces the lock of a process that is gone. A second file lets one process at a time do that, and look again before it does. */
async function takeOver(file: string, own: string): Promise<void> {
  const turn = `${file}.takeover`;
  await takeTurn(turn);
  try {
    const holder = await readHolder(file);
    if (holder !== undefined && (await isHeld(holder))) {
      throw new Error(
        `The folder is in use by the process ${holder.pid} (${file}). Only one process can have it open.`,
      );
    }
    await rename(own, file);
  } finally {
    await rm(turn, { force: true });
  }
}

async function takeTurn(turn: string): Promise<void> {
  for (const until = Date.now() + 2 * takeoverMs; Date.now() < until; await sleep(50)) {
    if (
      await succeeds(
        open(turn, "wx").then((handle) => handle.close()),
        "EEXIST",
      )
    )
      return;
    // A turn takes milliseconds, or the time a stopped process has to answer; one that is older was left by a kill.
    const isLeft = await stat(turn).then(({ mtimeMs }) => mtimeMs + takeoverMs < Date.now(), isMissing);
    if (isLeft) await rm(turn, { force: true });
  }
  throw new Error(`Another process has been opening the folder for too long (${turn}).`);
}

/** A process that does not answer in time may be stopped, or starved: it counts as alive while its number does. */
async function isHeld({ pid, port, nonce }: Holder): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const answer = await ask(port);
  return answer === undefined || answer === nonce;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** What the port answers: "" when nobody listens, undefined when nothing came in time. */
function ask(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1" });
    socket
      .on("data", (chunk) => {
        text += chunk.toString("latin1");
      })
      .on("end", () => resolve(text))
      .on("error", () => resolve(text))
      .on("close", () => resolve(text));
    socket.setTimeout(answerTimeoutMs, () => {
      resolve(undefined);
      socket.destroy();
    });
  });
}

function answerWith(nonce: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(nonce);
  });
  // The lock alone must not keep a process alive.
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** The holder the file names; undefined when there is no file, or one that a power cut left without its content. */
async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function succeeds(action: Promise<unknown>, expected: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (errorCode(error) === expected) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  if (errorCode(error) === "ENOENT") return false;
  throw error;
}
