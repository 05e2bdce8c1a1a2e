import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Catalog } from "./catalog.ts";
import { invalid, StorageError } from "./errors.ts";
import { objectResource, type StoredObject } from "./object.ts";
import type { Bucket, NotificationConfig, PendingEvent } from "./records.ts";

/** Where notifications go: Pub/Sub, as far as Cloud Storage knows it. */
export interface NotificationTransport {
  hasTopic(topic: string): boolean;
  /** Resolves when the topic has the message for good. */
  publish(topic: string, message: { data: Buffer; attributes: Record<string, string> }): Promise<void>;
}

export type EventType = "OBJECT_FINALIZE" | "OBJECT_METADATA_UPDATE" | "OBJECT_DELETE";

const eventTypes = ["OBJECT_FINALIZE", "OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE"];
const configsMax = 100;
const retryDelayMsMax = 30_000;

const bodySchema = z.object({
  topic: z.string(),
  event_types: z.array(z.enum(eventTypes)).nullish(),
  object_name_prefix: z.string().nullish(),
  custom_attributes: z.record(z.string(), z.string()).nullish(),
  payload_format: z.enum(["JSON_API_V1", "NONE"]).nullish(),
});

/** @throws StorageError 400 for a body that is not a configuration, 404 for a topic that does not exist. */
export function parseNotificationConfig(
  body: unknown,
  bucket: Bucket,
  transport?: NotificationTransport,
): NotificationConfig {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw invalid(`Invalid notification configuration: ${z.prettifyError(parsed.error)}`);
  const topic = /^(?:\/\/pubsub\.googleapis\.com\/)?(projects\/[^/]+\/topics\/[^/]+)$/.exec(parsed.data.topic)?.[1];
  if (topic === undefined) throw invalid(`Invalid topic: '${parsed.data.topic}'`);
  if (bucket.notifications.length >= configsMax)
    throw invalid("A bucket takes at most 100 notification configurations.");
  if (transport?.hasTopic(topic) === false)
    throw new StorageError(404, "notFound", `Cloud Pub/Sub topic '${topic}' not found.`);
  return {
    id: String(bucket.notificationCount + 1),
    topic,
    eventTypes: parsed.data.event_types ?? [],
    objectNamePrefix: parsed.data.object_name_prefix ?? "",
    customAttributes: parsed.data.custom_attributes ?? {},
    payloadFormat: parsed.data.payload_format ?? "JSON_API_V1",
  };
}

export function notificationResource(
  bucket: string,
  config: NotificationConfig,
  serverUrl: string,
): Record<string, unknown> {
  return {
    kind: "storage#notification",
    id: config.id,
    selfLink: `${serverUrl}/storage/v1/b/${bucket}/notificationConfigs/${config.id}`,
    topic: `//pubsub.googleapis.com/${config.topic}`,
    payload_format: config.payloadFormat,
    etag: config.id,
    ...(config.eventTypes.length === 0 ? {} : { event_types: config.eventTypes }),
    ...(config.objectNamePrefix === "" ? {} : { object_name_prefix: config.objectNamePrefix }),
    ...(Object.keys(config.customAttributes).length === 0 ? {} : { custom_attributes: config.customAttributes }),
  };
}

/**
 * The messages that a change of an object causes, one for each configuration it matches, with the attributes and the data that
 * https://cloud.google.com/storage/docs/pubsub-notifications gives.
 */
export function eventsFor(
  bucket: Bucket,
  type: EventType,
  object: StoredObject,
  serverUrl: string,
  more: Record<string, string> = {},
): PendingEvent[] {
  const matching = bucket.notifications.filter(
    (config) =>
      (config.eventTypes.length === 0 || config.eventTypes.includes(type)) &&
      object.name.startsWith(config.objectNamePrefix),
  );
  return matching.map((config) => ({
    id: randomUUID(),
    topic: config.topic,
    attributes: {
      ...config.customAttributes,
      notificationConfig: `projects/_/buckets/${bucket.name}/notificationConfigs/${config.id}`,
      eventType: type,
      payloadFormat: config.payloadFormat,
      bucketId: bucket.name,
      objectId: object.name,
      objectGeneration: String(object.generation),
      eventTime: type === "OBJECT_DELETE" ? new Date().toISOString() : object.updated,
      ...more,
    },
    data: config.payloadFormat === "NONE" ? "" : JSON.stringify(objectResource(object, serverUrl)),
  }));
}

/**
 * Hands waiting events to Pub/Sub, at least once, and in no order anyone may rely on. An event is struck from the catalog after the topic has
 * it, so a kill in between sends it twice. Events for a topic that is gone are dropped, as Google drops them.
 */
export class NotificationSender {
  readonly #catalog: Catalog;
  readonly #transport: NotificationTransport;
  readonly #sending = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(catalog: Catalog, transport: NotificationTransport) {
    this.#catalog = catalog;
    this.#transport = transport;
  }

  /** Starts sending whatever waits. */
  wake(): void {
    for (const event of this.#catalog.events.values()) {
      if (this.#sending.has(event.id) || this.#stop.signal.aborted) continue;
      const sent = this.#send(event).finally(() => this.#sending.delete(event.id));
      this.#sending.set(event.id, sent);
    }
  }

  /** Resolves when nothing waits; rejects when the sender is closed before. */
  async whenIdle(): Promise<void> {
    while (this.#catalog.events.size > 0) {
      if (this.#stop.signal.aborted) throw new Error("Cloud Storage was closed while notifications were under way.");
      this.wake();
      await Promise.all(this.#sending.values());
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#sending.values());
  }

  async #send(event: PendingEvent): Promise<void> {
    for (let delayMs = 100; !this.#stop.signal.aborted; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        if (this.#transport.hasTopic(event.topic)) {
          await this.#transport.publish(event.topic, { data: Buffer.from(event.data), attributes: event.attributes });
        }
        await this.#catalog.record({ op: "event-sent", id: event.id }, false);
        return;
      } catch {
        // Whatever Pub/Sub's reason is, the event stays in the catalog and is tried again, in this life or the next.
        await sleep(delayMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }
}
