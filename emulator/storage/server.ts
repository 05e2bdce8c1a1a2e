import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { refuseStrangers } from "./access.ts";
import { Buckets } from "./buckets.ts";
import { Catalog } from "./catalog.ts";
import { DataFiles, Space } from "./data-files.ts";
import { toStorageError } from "./errors.ts";
import { wildcardToRegExp } from "./glob.ts";
import { NotificationSender, type NotificationTransport } from "./notifications.ts";
import type { StoredObject } from "./object.ts";
import { Objects } from "./objects.ts";
import { bodyOf, sendError, takeApart } from "./request.ts";
import { ResumableUploads } from "./resumable.ts";
import { Routes } from "./routes.ts";
import { ObjectStore } from "./store.ts";

export interface StorageOptions {
  /** Everything the server keeps is in here. */
  readonly folder: string;
  readonly projectId: string;
  /** The port to listen on; a free one by default. */
  readonly port?: number;
  /** Simulates a full disk: more bytes than this, in objects and unfinished uploads, answer 507. */
  readonly quotaBytes?: number;
  /** Where bucket notifications go. Without it, configurations are kept and nothing is sent. */
  readonly transport?: NotificationTransport;
}

export interface StorageServer {
  readonly url: string;
  readonly port: number;
  /** The path on the disk of an object's bytes; it ends like the object's name. */
  resolve(bucket: string, objectName: string): string | undefined;
  /** The paths of all objects whose names fit the pattern, in which `*` stands for any text. */
  list(bucket: string, pattern: string): string[];
  /** Calls the listener after each object that was created or replaced. @returns a function that ends this. */
  onFinalize(
    listener: (object: { bucket: string; name: string; generation: number; size: number }) => void,
  ): () => void;
  /** Notifications that Pub/Sub has not taken yet. */
  outstanding(): number;
  /** Resolves when Pub/Sub has all of them. */
  whenIdle(): Promise<void>;
  /** Changes what `quotaBytes` set; undefined lifts the limit. */
  setQuota(bytes: number | undefined): void;
  close(): Promise<void>;
}

const requestTimeoutMs = 3_600_000;
const keepAliveMs = 75_000;

/**
 * Starts Cloud Storage on loopback: the JSON API (and plain GET of the XML API) as the Google clients use it. Every answered change outlives
 * the process, however that ends.
 */
export async function startStorage(options: StorageOptions): Promise<StorageServer> {
  const catalog = await Catalog.open(join(options.folder, "catalog.journal"));
  const files = new DataFiles(options.folder, new Space(options.quotaBytes));
  let url = "";
  const serverUrl = () => url;
  const sender = options.transport === undefined ? undefined : new NotificationSender(catalog, options.transport);
  const store = new ObjectStore({ catalog, files, serverUrl, ...(sender && { onEvents: () => sender.wake() }) });
  const uploads = new ResumableUploads(store, serverUrl);
  await recover(catalog, files, uploads);
  const buckets = new Buckets(catalog, serverUrl, options.transport);
  const routes = new Routes(buckets, new Objects(store, serverUrl), uploads, store, options.projectId, serverUrl);
  const underWay = new Set<Promise<void>>();
  const timeouts = { requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs };
  const server = createServer(timeouts, (message, response) => {
    const answered = answer(routes, message, response).finally(() => underWay.delete(answered));
    underWay.add(answered);
  });
  const port = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await catalog.close();
    throw error;
  });
  url = `http://127.0.0.1:${port}`;
  sender?.wake();
  return {
    url,
    port,
    resolve: (bucket, name) => {
      const object = catalog.hasBucket(bucket) ? catalog.object(bucket, name) : undefined;
      return object && files.path(object.file);
    },
    list: (bucket, pattern) =>
      catalog.hasBucket(bucket) ? matching(catalog, bucket, pattern).map(({ file }) => files.path(file)) : [],
    onFinalize: (listener) => {
      store.finalized.on("object", listener);
      return () => store.finalized.off("object", listener);
    },
    outstanding: () => (sender === undefined ? 0 : catalog.events.size),
    whenIdle: async () => {
      await sender?.whenIdle();
    },
    setQuota: (bytes) => {
      files.space.limit = bytes ?? Number.POSITIVE_INFINITY;
    },
    close: async () => {
      await closeServer(server);
      await Promise.all(underWay);
      await sender?.close();
      await catalog.close();
    },
  };
}

async function recover(catalog: Catalog, files: DataFiles, uploads: ResumableUploads): Promise<void> {
  await files.prepare();
  const live = new Set<string>();
  for (const { file, size } of catalog.objects()) {
    live.add(file);
    files.space.used += size;
  }
  await files.sweep(
    (file) => live.has(file),
    (id) => catalog.sessions.has(id),
  );
  await uploads.restore();
}

function matching(catalog: Catalog, bucket: string, pattern: string): StoredObject[] {
  const expression = wildcardToRegExp(pattern);
  return catalog
    .names(bucket)
    .filter((name) => expression.test(name))
    .flatMap((name) => catalog.object(bucket, name) ?? []);
}

async function answer(routes: Routes, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = bodyOf(message);
  try {
    refuseStrangers(message);
    await routes.handle(takeApart(message, body, response));
  } catch (error) {
    await sendError(message, body, response, toStorageError(error));
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
