import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Buckets } from "./buckets.ts";
import { Catalog } from "./catalog.ts";
import { DataFiles, Space } from "./data-files.ts";
import { notEmulated, required, StorageError, toStorageError } from "./errors.ts";
import { wildcardToRegExp } from "./glob.ts";
import { NotificationSender, type NotificationTransport } from "./notifications.ts";
import type { StoredObject } from "./object.ts";
import { Objects } from "./objects.ts";
import { bodyOf, type StorageRequest, sendError, sendJson, takeApart } from "./request.ts";
import { ResumableUploads } from "./resumable.ts";
import { ObjectStore } from "./store.ts";
import { uploadMedia, uploadMultipart } from "./uploads.ts";

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
  const store = new ObjectStore(catalog, files, serverUrl, () => sender?.wake());
  const uploads = new ResumableUploads(store, serverUrl);
  await recover(catalog, files, uploads);
  const buckets = new Buckets(catalog, serverUrl, options.transport);
  const routes = new Routes(buckets, new Objects(store, serverUrl), uploads, store, options.projectId, serverUrl);
  const server = createServer(
    { requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs },
    (message, response) => {
      void answer(routes, message, response);
    },
  );
  const port = await listen(server, options.port ?? 0);
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
    refuseForeignHosts(message);
    await routes.handle(takeApart(message, body, response));
  } catch (error) {
    await sendError(message, body, response, toStorageError(error));
  }
}

/** A web page that resolves its own host name to this machine must not read school data, so only loopback names are served. */
function refuseForeignHosts({ headers }: IncomingMessage): void {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  if (/^(127(\.\d+){3}|\[::1\]|localhost|[a-z0-9._-]+\.localhost)$/i.test(host)) return;
  throw new StorageError(403, "forbidden", "The emulator answers only requests to this machine itself.");
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

/** Finds the operation that a method and a path name. */
class Routes {
  readonly #buckets: Buckets;
  readonly #objects: Objects;
  readonly #uploads: ResumableUploads;
  readonly #store: ObjectStore;
  readonly #projectId: string;
  readonly #serverUrl: () => string;

  constructor(
    buckets: Buckets,
    objects: Objects,
    uploads: ResumableUploads,
    store: ObjectStore,
    projectId: string,
    serverUrl: () => string,
  ) {
    this.#buckets = buckets;
    this.#objects = objects;
    this.#uploads = uploads;
    this.#store = store;
    this.#projectId = projectId;
    this.#serverUrl = serverUrl;
  }

  async handle(request: StorageRequest): Promise<void> {
    if (!(await this.#dispatch(request))) {
      throw notEmulated(`${request.method} ${request.message.url?.split("?")[0] ?? ""}`);
    }
  }

  async #dispatch(request: StorageRequest): Promise<boolean> {
    const [first = "", ...rest] = request.path;
    if (first === "upload" || first === "resumable")
      return this.#upload(request, apiPath(first === "upload" ? rest : rest.slice(1)));
    if (first === "download") return this.#download(request, apiPath(rest));
    const path = apiPath(request.path);
    if (path[0] === "b") return this.#resource(request, path.slice(1));
    if (path[0] === "projects" && path[2] === "serviceAccount") {
      const email = `service-0@gs-project-accounts.iam.gserviceaccount.com`;
      sendJson(request, { kind: "storage#serviceAccount", email_address: email, projectId: this.#projectId });
      return true;
    }
    if ((request.method === "GET" || request.method === "HEAD") && rest.length > 0) {
      await this.#objects.sendMedia(request, first, rest.join("/"));
      return true;
    }
    return false;
  }

  async #resource(request: StorageRequest, [bucket, kind, name, action, ...more]: string[]): Promise<boolean> {
    if (bucket === undefined || bucket === "" || kind === undefined)
      return this.#buckets.handle(request, bucket || undefined);
    if (kind === "notificationConfigs") return this.#buckets.handleNotifications(request, bucket, name);
    if (kind === "storageLayout" && request.method === "GET") return this.#layout(request, bucket);
    if (kind === "managedFolders" && request.method === "GET") return this.#noFolders(request, bucket);
    if (kind !== "o") return false;
    if (name === undefined || name === "") {
      if (request.method !== "GET") return false;
      this.#objects.list(request, bucket);
      return true;
    }
    if (action === undefined) return this.#objects.handle(request, bucket, name);
    if (request.method !== "POST") return false;
    if (action === "compose") await this.#objects.compose(request, bucket, name);
    else if ((action === "copyTo" || action === "rewriteTo") && more[0] === "b" && more[2] === "o") {
      const [, toBucket = "", , toName = ""] = more;
      await this.#objects.copy(request, { bucket, name }, { bucket: toBucket, name: toName }, action === "rewriteTo");
    } else return false;
    return true;
  }

  #layout(request: StorageRequest, bucket: string): boolean {
    const { fields } = this.#store.catalog.bucket(bucket);
    const hierarchicalNamespace = { enabled: false };
    sendJson(request, { kind: "storage#storageLayout", bucket, location: fields.location, hierarchicalNamespace });
    return true;
  }

  /** Managed folders do not exist here; `gcloud storage rm --recursive` asks for them before it deletes a bucket. */
  #noFolders(request: StorageRequest, bucket: string): boolean {
    this.#store.catalog.bucket(bucket);
    sendJson(request, { kind: "storage#managedFolders", items: [] });
    return true;
  }

  async #download(request: StorageRequest, [b, bucket = "", o, name = ""]: string[]): Promise<boolean> {
    if (b !== "b" || o !== "o" || (request.method !== "GET" && request.method !== "HEAD")) return false;
    await this.#objects.sendMedia(request, bucket, name);
    return true;
  }

  async #upload(request: StorageRequest, [b, bucket = "", o]: string[]): Promise<boolean> {
    if (b !== "b" || o !== "o") return false;
    const { method, query } = request;
    const session = query.get("upload_id");
    if (session !== null && method === "DELETE") await this.#uploads.cancel(request, session);
    else if (session !== null && (method === "PUT" || method === "POST")) await this.#uploads.proceed(request, session);
    else if (method !== "POST") return false;
    else {
      this.#store.catalog.bucket(bucket);
      const type = query.get("uploadType");
      if (type === "media") await uploadMedia(this.#store, request, bucket, this.#serverUrl());
      else if (type === "multipart") await uploadMultipart(this.#store, request, bucket, this.#serverUrl());
      else if (type === "resumable") await this.#uploads.start(request, bucket);
      else throw required("The parameter uploadType must be media, multipart or resumable.");
    }
    return true;
  }
}

/** The path below `/storage/v1`; the clients leave that out when STORAGE_EMULATOR_HOST is set. */
function apiPath(path: readonly string[]): string[] {
  return path[0] === "storage" && path[1] === "v1" ? path.slice(2) : [...path];
}
