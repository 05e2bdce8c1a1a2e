import type { Connector } from "../config/connector.ts";
import { endpointsOf, type Source } from "../config/sources.ts";
import { reasonForNotFound } from "../connector/always-there.ts";
import type { HttpClient } from "../connector/http.ts";
import type { Collection } from "../connector/plan.ts";
import { Refusal } from "../connector/refusal.ts";
import { openSession, type SessionPorts } from "../connector/session.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import { atMost } from "../refresh/at-most.ts";
import { examineEndpoint } from "./access.ts";
import { examineChangeVersions, examineCount, examineCursor, examineKeyChanges, examineSnapshots } from "./changes.ts";
import { examineCredentials } from "./credentials.ts";
import { examineDiscovery } from "./discovery.ts";
import type { EndpointAccess, Finding } from "./finding.ts";
import { fails } from "./finding.ts";
import { summarizeAccess } from "./summary.ts";

/** What doctor found out about one source in one school year. */
export interface Examination {
  readonly source: string;
  readonly schoolYear: number;
  /** Requests that were sent. */
  readonly requests: number;
  readonly findings: readonly Finding[];
  readonly endpoints: readonly EndpointAccess[];
}

/** The longest a single answer is waited for. */
const timeoutSecondsMax = 30;

/** Counts requests, and lets no more of them be under way than the source is configured for. */
function measured(http: HttpClient, places: number): { readonly http: HttpClient; count(): number } {
  const slot = atMost(places);
  let sent = 0;
  return {
    http: (request) =>
      slot(() => {
        sent += 1;
        return http(request);
      }),
    count: () => sent,
  };
}

/**
 * The verb: tries what a run needs of a source and says what works, and for what does not, whom to ask for what. It reads at most one record
 * of each endpoint, and keeps none.
 * @param chosen the endpoints to look at; all of the source when left out
 */
export async function examine(
  source: Source,
  connector: Connector,
  schoolYear: number,
  ports: SessionPorts,
  chosen: readonly string[] = endpointsOf(source, connector),
): Promise<Examination> {
  const patient = { ...source, timeout_seconds: Math.min(source.timeout_seconds, timeoutSecondsMax) };
  const { http, count } = measured(ports.http, source.concurrency);
  const findings: Finding[] = [];
  const endpoints: EndpointAccess[] = [];
  try {
    await look({ source: patient, connector, schoolYear, ports: { ...ports, http }, chosen, findings, endpoints });
  } catch (error) {
    findings.push(broken(error));
  }
  return { source: source.id, schoolYear, requests: count(), findings, endpoints };
}

/** An error that ended the examination; whatever was found before stays. */
function broken(error: unknown): Finding {
  if (error instanceof PermanentError)
    return fails("source", error.message, "Put it right in the sources file, or in the secret that it names.");
  if (error instanceof RetryableError) {
    const { status } = error.details;
    const text = `${error.message}${status === undefined ? "" : ` (${status})`}`;
    return fails("source", text, "Run it again later; if it stays, ask the host whether the API is well.");
  }
  throw error;
}

interface Look {
  readonly source: Source;
  readonly connector: Connector;
  readonly schoolYear: number;
  readonly ports: SessionPorts;
  readonly chosen: readonly string[];
  readonly findings: Finding[];
  readonly endpoints: EndpointAccess[];
}

async function look({ source, connector, schoolYear, ports, chosen, findings, endpoints }: Look): Promise<void> {
  const discovered = await examineDiscovery(source, connector, schoolYear, ports);
  findings.push(...discovered.findings);
  if (!discovered.isUsable) return;
  const session = await openSession(source, connector, schoolYear, ports);
  const credentials = await examineCredentials(source, connector, session);
  findings.push(...credentials.findings);
  if (!credentials.isAccepted) return;
  const collections = chosen.flatMap((name): Collection[] => {
    const endpoint = connector.endpoints[name];
    // What belongs to others shows only when they are read.
    return endpoint && !endpoint.parents ? [{ source, connector, name, endpoint, session }] : [];
  });
  const [first] = collections;
  if (!first) return;
  const { findings: changeFindings, isOn } = await examineChangeVersions(first);
  findings.push(...changeFindings);
  endpoints.push(
    ...(await Promise.all(collections.map((collection) => examineEndpoint(collection, credentials.claims, isOn)))),
  );
  await assertSomethingThere(first, endpoints);
  findings.push(...summarizeAccess(endpoints, credentials.claimSet, isOn));
  const readable = endpoints.find(({ read }) => read === "yes")?.endpoint;
  const control = collections.find(({ name }) => name === readable);
  if (control) findings.push(...(await lookCloser(control, endpoints, isOn)));
}

/** An address at which nothing is known must not pass for a data standard that lacks everything. */
async function assertSomethingThere(collection: Collection, endpoints: readonly EndpointAccess[]): Promise<void> {
  if (endpoints.some(({ read }) => read !== "not offered")) return;
  const refusal = new Refusal("unsupported", 404, `The source has no ${collection.name}.`);
  const reason = await reasonForNotFound(collection, refusal);
  if (reason instanceof PermanentError) throw reason;
}

/** What is the same for every endpoint, asked at one that can be read. */
async function lookCloser(
  control: Collection,
  endpoints: readonly EndpointAccess[],
  isOn: boolean,
): Promise<Finding[]> {
  const findings = [...(await examineCount(control)), ...(await examineCursor(control))];
  const { changes } = control.connector;
  if (changes.type !== "change_versions" || !isOn) return findings;
  const tracked = endpoints.find(({ readChanges }) => readChanges === "yes")?.endpoint;
  const endpoint = tracked === undefined ? undefined : control.connector.endpoints[tracked];
  if (tracked !== undefined && endpoint)
    findings.push(...(await examineKeyChanges({ ...control, name: tracked, endpoint }, changes)));
  return [...findings, ...(await examineSnapshots(control))];
}
