import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBigQuery } from "./bigquery/server.ts";
import { lockFolder } from "./lock.ts";
import { type PubSubServer, startPubSub } from "./pubsub/server.ts";
import { type StorageServer, startStorage } from "./storage/server.ts";

export interface EmulatorOptions {
  /** All state is in here. */
  readonly folder: string;
  readonly projectId: string;
  /** What DuckDB may take, such as "1GB". */
  readonly memoryLimit?: string;
  /** Where BigQuery says its data is; "US" by default. */
  readonly location?: string;
  /** Simulates a full disk for Cloud Storage. */
  readonly quotaBytes?: number;
  /** How long push endpoints of an earlier life are left alone unless they are set anew; 10 s by default. */
  readonly holdPushesMs?: number;
}

export interface Emulator {
  readonly projectId: string;
  readonly storageUrl: string;
  readonly pubsubHost: string;
  readonly bigqueryUrl: string;
  /** Cloud Storage and Pub/Sub from within: for looking at files, faults and deliveries. */
  readonly storage: StorageServer;
  readonly pubsub: PubSubServer;
  /** Resolves when no notification and no pushed message is under way. */
  whenIdle(): Promise<void>;
  /** Notifications and pushed messages under way, also those that wait for their next attempt. */
  outstanding(): number;
  close(): Promise<void>;
}

const holdPushesMsDefault = 10_000;

/**
 * Starts Cloud Storage, Pub/Sub and BigQuery on loopback with their state in one folder, and tells other terminals in
 * `<folder>/emulator.json` where they are. A start after a kill finds everything that was acknowledged.
 * @throws Error when another process has the folder open.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { folder, projectId } = options;
  await mkdir(folder, { recursive: true });
  const closers: (() => Promise<void>)[] = [];
  try {
    const lock = await lockFolder(join(folder, "emulator.lock"));
    closers.push(() => lock.release());
    const pubsub = await startPubSub({
      folder: join(folder, "pubsub"),
      projectId,
      holdPushesMs: options.holdPushesMs ?? holdPushesMsDefault,
    });
    closers.push(() => pubsub.close());
    const storage = await startStorage({
      folder: join(folder, "storage"),
      projectId,
      transport: pubsub,
      ...(options.quotaBytes === undefined ? {} : { quotaBytes: options.quotaBytes }),
    });
    closers.push(() => storage.close());
    const bigquery = await startBigQuery({
      projectId,
      databaseFile: join(folder, "warehouse.duckdb"),
      resolveUri: async (uri) => resolveUri(storage, uri),
      ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
      ...(options.location === undefined ? {} : { location: options.location }),
    });
    closers.push(() => bigquery.close());
    const addresses = {
      pid: process.pid,
      storageUrl: storage.url,
      pubsubHost: pubsub.host,
      bigqueryUrl: bigquery.url,
      projectId,
    };
    await announce(join(folder, "emulator.json"), addresses);
    closers.push(() => rm(join(folder, "emulator.json"), { force: true }));
    const { pid: _, ...urls } = addresses;
    return { ...urls, storage, pubsub, ...progressOf(storage, pubsub), close: closeOnce(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

function progressOf(storage: StorageServer, pubsub: PubSubServer): Pick<Emulator, "outstanding" | "whenIdle"> {
  const outstanding = () => storage.outstanding() + pubsub.outstanding();
  return {
    outstanding,
    whenIdle: async () => {
      while (outstanding() > 0) {
        await storage.whenIdle();
        await pubsub.whenIdle();
      }
    },
  };
}

/** The data files behind `gs://bucket/name`, in which `*` stands for any text. */
function resolveUri(storage: StorageServer, uri: string): string[] {
  const [, bucket = "", name = ""] = /^gs:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (name.includes("*")) return storage.list(bucket, name);
  const path = storage.resolve(bucket, name);
  return path === undefined ? [] : [path];
}

async function announce(file: string, addresses: unknown): Promise<void> {
  await writeFile(`${file}.next`, JSON.stringify(addresses));
  await rename(`${file}.next`, file);
}

function closeOnce(closers: readonly (() => Promise<void>)[]): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= closeAll(closers);
    return closing;
  };
}

/** Closes in the opposite order of opening, all of them, and then reports the first failure. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
