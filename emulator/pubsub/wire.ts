import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  type GrpcObject,
  type handleUnaryCall,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { fromJSON, type Options } from "@grpc/proto-loader";
import { toPubSubError } from "./errors.ts";

const options: Options = { keepCase: false, longs: String, enums: String, defaults: true, oneofs: true };

/** The two services of Pub/Sub, as its own client library defines them. Only that library's description of the wire is read, none of its code. */
export function loadServices(): { publisher: ServiceDefinition; subscriber: ServiceDefinition } {
  const client = dirname(createRequire(import.meta.url).resolve("@google-cloud/pubsub/package.json"));
  const description = JSON.parse(readFileSync(join(client, "build", "protos", "protos.json"), "utf8"));
  const definitions = loadPackageDefinition(fromJSON(description, options));
  return { publisher: serviceIn(definitions, "Publisher"), subscriber: serviceIn(definitions, "Subscriber") };
}

function serviceIn(definitions: GrpcObject, name: string): ServiceDefinition {
  const found = ["google", "pubsub", "v1", name].reduce<unknown>((at, key) => (at as GrpcObject)[key], definitions);
  return (found as ServiceClientConstructor).service;
}

/** A unary method from a function of the request. What the function throws becomes the call's status. */
export function unary<Request, Response>(
  handle: (request: Request, call: { onCancelled: (listener: () => void) => void }) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const run = async () => handle(call.request, { onCancelled: (listener) => void call.on("cancelled", listener) });
    run().then(
      (response) => callback(null, response),
      (error: unknown) => callback(toPubSubError(error)),
    );
  };
}

/** One page of a list that is asked for with pageSize and pageToken. */
export function page<Item>(items: readonly Item[], { pageSize, pageToken }: { pageSize: number; pageToken: string }) {
  const from = /^\d{1,9}$/.test(pageToken) ? Number(pageToken) : 0;
  const to = from + (pageSize > 0 ? Math.min(pageSize, 1000) : 1000);
  return { items: items.slice(from, to), nextPageToken: to < items.length ? String(to) : "" };
}

/** A record with the fields of the mask taken from another. Paths come as `retry_policy` or `push_config.push_endpoint`. */
export function mask(
  before: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
  paths: readonly string[],
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...before };
  for (const path of paths) {
    const [field = "", ...rest] = path.split(".");
    const name = field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const inner =
      rest.length > 0 ? mask(asRecord(merged[name]), asRecord(changes[name]), [rest.join(".")]) : changes[name];
    merged[name] = inner;
  }
  return merged;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
