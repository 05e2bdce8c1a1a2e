import type { Connector } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import { readPage } from "../connector/page.ts";
import { recordsPlace } from "../connector/page-body.ts";
import { type Collection, planRecords } from "../connector/plan.ts";
import { openSession, type SessionPorts } from "../connector/session.ts";
import { keysAt } from "../connector/walk.ts";
import { lineMaker } from "./line.ts";
import { withParents } from "./with-parents.ts";

/** What would land of an endpoint. */
export interface Preview {
  /** The lines of its first page, as a part of a run would hold them. */
  readonly lines: readonly string[];
  /** Whether there are more pages than this one. */
  readonly hasMore: boolean;
  /** What the source counts in all, where its pages say so. */
  readonly total: number | undefined;
}

/**
 * Reads the first page of an endpoint and shows what a run would land of it. Nothing is written.
 * @throws Refusal where the source does not let us read it or has none, PermanentError for a wrong configuration, RetryableError when it is down
 */
export async function previewEndpoint(
  source: Source,
  connector: Connector,
  name: string,
  schoolYear: number,
  ports: SessionPorts,
): Promise<Preview> {
  const endpoint = connector.endpoints[name];
  if (!endpoint) return { lines: [], hasMore: false, total: undefined };
  const session = await openSession(source, connector, schoolYear, ports);
  const collection: Collection = { source, connector, name, endpoint, session };
  const [walk] = await planRecords(collection, {});
  if (!walk?.position) return { lines: [], hasMore: false, total: undefined };
  const page = await readPage(collection, walk);
  const startedAt = ports.clock.now().toISOString();
  const context = { sourceId: source.id, schoolYear, runId: "preview", runStartedAt: startedAt };
  const { id } = recordsPlace(connector, name);
  const rules = { op: "upsert", idPaths: id ? [id] : undefined, keyPaths: endpoint.key, changeVersion: null } as const;
  const bytes = lineMaker(context, rules)(withParents(page.records, keysAt(walk)), startedAt);
  const lines = bytes.toString("utf8").split("\n").filter(Boolean);
  return { lines, hasMore: page.next !== null || (walk.parents?.keys.length ?? 0) > 1, total: page.total };
}
