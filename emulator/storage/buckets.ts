import * as z from "zod";
import type { Catalog } from "./catalog.ts";
import { bucketNotFound, invalid, StorageError } from "./errors.ts";
import { Locks } from "./locks.ts";
import { checkBucketName } from "./names.ts";
import { type NotificationTransport, notificationResource, parseNotificationConfig } from "./notifications.ts";
import { checkPreconditions, readPreconditions } from "./preconditions.ts";
import type { Bucket } from "./records.ts";
import { readJson, type StorageRequest, sendJson, sendNothing } from "./request.ts";

const fieldsSchema = z.record(z.string(), z.unknown());
const readOnly = new Set([
  ...["kind", "id", "name", "selfLink", "etag", "metageneration", "timeCreated", "updated", "projectNumber"],
  ...["locationType", "generation"],
]);

/** The buckets of the JSON API and their notification configurations. Changes of one bucket happen one after another. */
export class Buckets {
  readonly #catalog: Catalog;
  readonly #serverUrl: () => string;
  readonly #transport: NotificationTransport | undefined;
  readonly #locks = new Locks();

  constructor(catalog: Catalog, serverUrl: () => string, transport?: NotificationTransport) {
    this.#catalog = catalog;
    this.#serverUrl = serverUrl;
    this.#transport = transport;
  }

  async handle(request: StorageRequest, name: string | undefined): Promise<boolean> {
    const { method } = request;
    if (name === undefined) {
      if (method === "GET") this.#list(request);
      else if (method === "POST") await this.#insert(request);
      else return false;
      return true;
    }
    if (method === "GET" || method === "HEAD") this.#get(request, name);
    else if (method === "PATCH" || method === "PUT") await this.#locks.run(name, () => this.#change(request, name));
    else if (method === "DELETE") await this.#locks.run(name, () => this.#remove(request, name));
    else return false;
    return true;
  }

  async handleNotifications(request: StorageRequest, bucket: string, id: string | undefined): Promise<boolean> {
    const { method } = request;
    const { notifications } = this.#catalog.bucket(bucket);
    if (id === undefined && method === "GET") {
      const items = notifications.map((config) => notificationResource(bucket, config, this.#serverUrl()));
      sendJson(request, { kind: "storage#notifications", items });
      return true;
    }
    if (id === undefined && method === "POST") {
      await this.#locks.run(bucket, () => this.#insertNotification(request, bucket));
      return true;
    }
    const config = notifications.find((candidate) => candidate.id === id);
    if (id !== undefined && config === undefined)
      throw new StorageError(404, "notFound", "The specified notification does not exist.");
    if (config !== undefined && method === "GET")
      sendJson(request, notificationResource(bucket, config, this.#serverUrl()));
    else if (method === "DELETE") await this.#locks.run(bucket, () => this.#removeNotification(request, bucket, id));
    else return false;
    return true;
  }

  #list(request: StorageRequest): void {
    const prefix = request.query.get("prefix") ?? "";
    const buckets = this.#catalog.buckets().filter(({ name }) => name.startsWith(prefix));
    sendJson(request, { kind: "storage#buckets", items: buckets.map((bucket) => this.#resource(bucket)) });
  }

  async #insert(request: StorageRequest): Promise<void> {
    const { name: given, ...fields } = parseFields(await readJson(request.body));
    const name = checkBucketName(given);
    await this.#locks.run(name, async () => {
      if (this.#catalog.hasBucket(name)) {
        const message = "Your previous request to create the named bucket succeeded and you already own it.";
        throw new StorageError(409, "conflict", message);
      }
      const now = new Date().toISOString();
      const kept = editFields({ location: "US", storageClass: "STANDARD" }, fields);
      const bucket: Bucket = {
        name,
        metageneration: 1,
        timeCreated: now,
        updated: now,
        fields: kept,
        notifications: [],
        notificationCount: 0,
      };
      await this.#catalog.record({ op: "bucket", bucket });
      sendJson(request, this.#resource(bucket));
    });
  }

  #get(request: StorageRequest, name: string): void {
    const bucket = this.#catalog.bucket(name);
    checkBucketConditions(bucket, request.query);
    sendJson(request, this.#resource(bucket));
  }

  async #change(request: StorageRequest, name: string): Promise<void> {
    const bucket = this.#catalog.bucket(name);
    checkBucketConditions(bucket, request.query);
    const edits = parseFields(await readJson(request.body));
    const base =
      request.method === "PUT" ? { location: bucket.fields.location, storageClass: "STANDARD" } : bucket.fields;
    const changed = { ...bucket, fields: editFields(base, edits) };
    await this.#update(changed);
    sendJson(request, this.#resource(this.#catalog.bucket(name)));
  }

  async #remove(request: StorageRequest, name: string): Promise<void> {
    checkBucketConditions(this.#catalog.bucket(name), request.query);
    await this.#catalog.removeBucket(name);
    sendNothing(request);
  }

  async #insertNotification(request: StorageRequest, name: string): Promise<void> {
    const body = await readJson(request.body);
    const bucket = this.#catalog.bucket(name);
    const config = parseNotificationConfig(body, bucket, this.#transport);
    const notifications = [...bucket.notifications, config];
    await this.#update({ ...bucket, notifications, notificationCount: bucket.notificationCount + 1 });
    sendJson(request, notificationResource(name, config, this.#serverUrl()));
  }

  async #removeNotification(request: StorageRequest, name: string, id: string | undefined): Promise<void> {
    const bucket = this.#catalog.bucket(name);
    await this.#update({ ...bucket, notifications: bucket.notifications.filter((config) => config.id !== id) });
    sendNothing(request);
  }

  async #update(bucket: Bucket): Promise<void> {
    if (!this.#catalog.hasBucket(bucket.name)) throw bucketNotFound();
    const updated = new Date().toISOString();
    await this.#catalog.record({
      op: "bucket",
      bucket: { ...bucket, metageneration: bucket.metageneration + 1, updated },
    });
  }

  /** https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
  #resource({ name, metageneration, timeCreated, updated, fields }: Bucket): Record<string, unknown> {
    return {
      kind: "storage#bucket",
      id: name,
      selfLink: `${this.#serverUrl()}/storage/v1/b/${name}`,
      name,
      projectNumber: "0",
      metageneration: String(metageneration),
      etag: Buffer.from(String(metageneration)).toString("base64"),
      timeCreated,
      updated,
      locationType: /^(US|EU|ASIA)$/i.test(String(fields.location)) ? "multi-region" : "region",
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: "inherited" },
      ...fields,
    };
  }
}

function parseFields(body: unknown): Record<string, unknown> {
  const parsed = fieldsSchema.safeParse(body);
  if (!parsed.success) throw invalid("The bucket resource is not an object.");
  return parsed.data;
}

/** Fields after an edit: null deletes, labels are edited one by one, everything else is replaced. */
function editFields(before: Record<string, unknown>, edits: Record<string, unknown>): Record<string, unknown> {
  const labels = fieldsSchema.safeParse(edits.labels);
  const merged = {
    ...before,
    ...edits,
    ...(labels.success
      ? { labels: withoutNulls({ ...fieldsSchema.safeParse(before.labels).data, ...labels.data }) }
      : {}),
  };
  return withoutNulls(Object.fromEntries(Object.entries(merged).filter(([field]) => !readOnly.has(field))));
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** Buckets have a metageneration only. @throws StorageError 412, 304 */
function checkBucketConditions({ metageneration }: Bucket, query: URLSearchParams): void {
  const { metagenerationMatch, metagenerationNotMatch } = readPreconditions(query);
  checkPreconditions({ metageneration } as Parameters<typeof checkPreconditions>[0], {
    ...(metagenerationMatch === undefined ? {} : { metagenerationMatch }),
    ...(metagenerationNotMatch === undefined ? {} : { metagenerationNotMatch }),
  });
}
