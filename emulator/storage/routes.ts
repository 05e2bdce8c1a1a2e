import type { Buckets } from "./buckets.ts";
import { notEmulated, required } from "./errors.ts";
import type { Objects } from "./objects.ts";
import { type StorageRequest, sendJson } from "./request.ts";
import type { ResumableUploads } from "./resumable.ts";
import type { ObjectStore } from "./store.ts";
import { uploadMedia, uploadMultipart } from "./uploads.ts";

/** Finds the operation that a method and a path name. */
export class Routes {
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
