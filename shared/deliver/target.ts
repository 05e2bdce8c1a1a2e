import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import type { Delivery } from "../config/deliveries.ts";
import type { Source } from "../config/sources.ts";
import type { Visit } from "../connector/gate.ts";
import type { HttpAnswer } from "../connector/http.ts";
import { whyNotAsked } from "../connector/reach.ts";
import { openSession, type Session, type SessionPorts } from "../connector/session.ts";
import { told } from "../connector/told.ts";
import { PermanentError } from "../errors.ts";
import type { Log } from "../ports/log.ts";
import { Descriptors } from "./descriptors.ts";
import type { Identity } from "./identity.ts";
import { isJsonObject, jsonIn, parseJson } from "./json.ts";
import { hasKey, type KeyParts, keyParts } from "./natural-key.ts";
import { type Description, describe, documentListSchema } from "./openapi.ts";

/** An API that is delivered to, in one school year. */
export interface Target {
  /** When each collection can be written: lower numbers first. Those that the target does not have are missing. */
  readonly order: ReadonlyMap<string, number>;
  /** What records look like; undefined where the target does not tell. */
  readonly description: Description | undefined;
  /** Beginnings of the namespaces that the credentials may write in; undefined where the target does not tell. */
  readonly namespacePrefixes: readonly string[] | undefined;
  /** Sends a document, once. @throws RetryableError when no whole answer came */
  post(resource: string, document: string): Promise<HttpAnswer>;
  delete(resource: string, id: string): Promise<HttpAnswer>;
  /** What the natural key of a collection's records is made of; empty where nobody knows. */
  keyParts(resource: string): KeyParts;
  /**
   * What the target shows when it is asked for a natural key, at most two.
   * @throws RetryableError when it cannot answer for now, PermanentError when it does not show its records at all
   */
  find(resource: string, naturalKey: Identity): Promise<readonly Found[]>;
  /** Whether the target has a descriptor; undefined when it cannot be told. */
  hasDescriptor(value: string): Promise<boolean | undefined>;
}

/** A record that the target shows. */
export interface Found {
  readonly id: string;
  /** Whether it has the key that was asked for. */
  readonly isIt: boolean;
}

export interface TargetLimits {
  readonly until: number;
  readonly visit: Visit | undefined;
}

const dependenciesSchema = z.array(
  z.looseObject({ resource: z.string(), order: z.coerce.number(), operations: z.array(z.string()).default([]) }),
);
const tokenInfoSchema = z.looseObject({ namespace_prefixes: z.array(z.string()).optional() });

/**
 * Opens a target with the credentials that may write, and asks it what it takes and in which order.
 * @param resources the collections that are delivered to
 * @throws PermanentError for wrong configuration or credentials, RetryableError when the target is down
 */
export async function openTarget(
  delivery: Delivery,
  source: Source,
  connector: Connector,
  schoolYear: number,
  resources: readonly string[],
  ports: SessionPorts,
  { until, visit }: TargetLimits,
): Promise<Target> {
  const writer = { ...source, secret: delivery.secret };
  const session = await openSession(writer, connector, schoolYear, ports, { until, ...(visit ? { visit } : {}) });
  const [order, description, namespacePrefixes] = await Promise.all([
    readOrder(session),
    readDescription(session, resources, source, ports.log),
    readPrefixes(session, connector),
  ]);
  const urls = new Map<string, string>();
  const urlOf = (resource: string): string => {
    const url = urls.get(resource) ?? session.address(connector.request.url, { path: resource.slice(1) });
    if (url === undefined)
      throw new PermanentError("The target does not tell where its data are.", { source_id: source.id });
    urls.set(resource, url);
    return url;
  };
  const descriptors = new Descriptors(session, [...order.keys()], urlOf);
  return {
    order,
    description,
    keyParts: (resource) => keyParts(resource, description, connector),
    namespacePrefixes,
    post: (resource, jsonText) => session.ask(() => ({ method: "POST", url: urlOf(resource), jsonText })),
    delete: (resource, id) =>
      session.ask(() => ({ method: "DELETE", url: `${urlOf(resource)}/${encodeURIComponent(id)}` })),
    find: async (resource, naturalKey) => {
      const answer = await session.get(urlOf(resource), { ...naturalKey, limit: "2" });
      const found = answer.status === 200 ? foundIn(answer, naturalKey) : undefined;
      if (found) return found;
      const said = told(answer.body.toString("utf8", 0, 2000));
      throw new PermanentError(
        `The target does not show its ${resource}, without which nothing can be deleted there. ${said}`,
        { status: answer.status },
      );
    },
    hasDescriptor: (value) => descriptors.has(value),
  };
}

/** The records of an answer; undefined when it is no list of records. */
function foundIn({ body }: HttpAnswer, naturalKey: Identity): Found[] | undefined {
  const records = parsed(() => parseJson(body.toString("utf8")));
  if (!Array.isArray(records)) return undefined;
  const found: Found[] = [];
  for (const record of records) {
    if (!isJsonObject(record) || typeof record.id !== "string") return undefined;
    found.push({ id: record.id, isIt: hasKey(record, naturalKey) });
  }
  return found;
}

/** What is parsed; undefined where it is no JSON. */
function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The order in which collections are created: each once, by the line that lets it be created (protocols §10.1). */
async function readOrder(session: Session): Promise<Map<string, number>> {
  const url = session.address("{urls.dependencies}");
  if (url === undefined)
    throw new PermanentError("The target does not tell the order of its resources (urls.dependencies).");
  const answer = await session.get(url);
  const parsed = dependenciesSchema.safeParse(answer.status === 200 ? jsonIn(answer.body) : undefined);
  if (!parsed.success) {
    throw new PermanentError("The target's list of dependencies is not what it should be.", { status: answer.status });
  }
  const order = new Map<string, number>();
  for (const { resource, order: place, operations } of parsed.data) {
    if (operations.length > 0 && !operations.includes("Create")) continue;
    order.set(resource, Math.min(place, order.get(resource) ?? Number.POSITIVE_INFINITY));
  }
  return order;
}

/** Descriptors have a document of their own; every other collection, those of extensions too, is in the other one. */
function isNeeded(name: string, resources: readonly string[]): boolean {
  const isOfDescriptors = (resource: string): boolean => resource.endsWith("Descriptors");
  if (/^descriptors$/i.test(name)) return resources.some(isOfDescriptors);
  return /^resources$/i.test(name) && resources.some((resource) => !isOfDescriptors(resource));
}

async function readDescription(
  session: Session,
  resources: readonly string[],
  source: Source,
  log: Log,
): Promise<Description | undefined> {
  const url = session.address("{urls.openApiMetadata}");
  const unknown = (why: string): undefined => {
    log.warn("the target does not describe its records, so that they are sent without being looked over", {
      source_id: source.id,
      why,
    });
  };
  if (url === undefined) return unknown("discovery names no urls.openApiMetadata");
  const answer = await session.get(url);
  const list = documentListSchema.safeParse(answer.status === 200 ? jsonIn(answer.body) : undefined);
  if (!list.success) return unknown(`its list of documents came with status ${answer.status}`);
  const needed = list.data.filter(({ name }) => isNeeded(name, resources));
  // The token goes where the list came from, and nowhere else.
  const isElsewhere = ({ endpointUri }: (typeof needed)[number]): boolean =>
    whyNotAsked(endpointUri, source.url) !== undefined || new URL(endpointUri).host !== new URL(url).host;
  if (needed.some(isElsewhere)) return unknown("its documents are at another host");
  const answers = await Promise.all(needed.map(({ endpointUri }) => session.get(endpointUri)));
  const failed = answers.find(({ status }) => status !== 200);
  if (failed) return unknown(`a document came with status ${failed.status}`);
  const documents = answers.map(({ body }) => parsed((): unknown => JSON.parse(body.toString("utf8"))));
  return describe(documents, resources) ?? unknown("a document is not what it should be");
}

async function readPrefixes(session: Session, { auth }: Connector): Promise<readonly string[] | undefined> {
  if (auth.type !== "oauth2_client_credentials") return undefined;
  const [url] = (auth.introspection_urls ?? []).flatMap((template) => session.address(template) ?? []);
  if (url === undefined) return undefined;
  const answer = await session.ask((token = "") => ({ method: "POST", url, form: { token } }));
  return tokenInfoSchema.safeParse(answer.status === 200 ? jsonIn(answer.body) : undefined).data?.namespace_prefixes;
}
