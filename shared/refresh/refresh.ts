import { randomUUID } from "node:crypto";
import { acquireLease, type Lease, leaseHold } from "../control/lease.ts";
import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import type { TextCache } from "./control-objects.ts";
import { type Graph, graphOf, selectModels } from "./graph.ts";
import { buildsTable, testResultsTable } from "./ledger.ts";
import { type Look, lookAt, standingOf } from "./look.ts";
import type { Model } from "./model.ts";
import { type Fate, rebuild } from "./rebuild.ts";
import { markerGeneration, moveMarker } from "./request-marker.ts";
import { publishRestricted } from "./restricted.ts";
import { askForRebuild } from "./state.ts";

export interface RefreshPorts {
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly models: readonly Model[];
  readonly clock: Clock;
  readonly log: Log;
  /** The deployment's, which decides what day it is. */
  readonly timeZone: string;
  /** Builds at once. */
  readonly parallelism?: number | undefined;
  /** No build is begun after this moment; the function ends some time later. */
  readonly deadline?: Date | undefined;
  /** Marks columns of a table as personal, so that the warehouse shows them to few. Left out where there is no such mark. */
  readonly markPersonal?: ((table: string, columns: readonly string[]) => Promise<void>) | undefined;
  /** Where views of the marts are for people who may see some students only; left out where there are none. */
  readonly restrictedDataset?: string | undefined;
  /** Told of each delivery model that was built. */
  readonly deliver?: Topic | undefined;
  /** How long a refresher that gives no sign of life keeps others out; longer than the function may live. */
  readonly leaseMs?: number | undefined;
  /** Texts of control objects from earlier calls: an instance that keeps them fetches only what changed since. */
  readonly cache?: TextCache | undefined;
}

export interface RefreshRequest {
  readonly reason: string;
  /** Rebuild these even if they are fresh or failed before: terms as in `select`, or true for all that is selected. */
  readonly force?: boolean | readonly string[] | undefined;
  /** Build only these: `model`, `model+` (and what reads it), `+model` (and what it reads). For people; an event looks at all. */
  readonly select?: readonly string[] | undefined;
  /** When this was asked, so that the same message delivered again does not rebuild twice. Now when left out. */
  readonly requestedAt?: Date | undefined;
  /** Identifies the message, equal in each of its deliveries. */
  readonly owner?: string | undefined;
  /** Further messages that this call answers. */
  readonly alsoFor?: readonly string[] | undefined;
}

export interface RefreshSummary {
  readonly built: readonly string[];
  /** At their present version; their tables hold older rows. */
  readonly failed: readonly string[];
  readonly waiting: readonly string[];
  readonly fresh: readonly string[];
  /** Stale, but something they read failed or waits. */
  readonly skipped: readonly string[];
  /** Time is up before all was built: another refresh message must follow. */
  readonly continue: boolean;
  /** Somebody else is refreshing and will look again for us. */
  readonly busy: boolean;
}

const leaseName = "leases/refresh.json";
const defaultLeaseMs = 12 * 60 * 1000;
const defaultParallelism = 4;
/** Looks in one call, should triggers come as fast as we look. */
const looksMax = 20;
/** Holds of the lease that come and go while we ask for it. */
const turnTriesMax = 20;

/**
 * Rebuilds exactly the models that are stale.
 *
 * One refresher works at a time, under a lease, and no trigger is lost. Whoever refreshes reads the marker, takes the
 * lease, looks, gives the lease back and reads the marker again; if it has moved, it begins anew and looks at all models.
 * A trigger comes when its cause is in place (rows are loaded, a wish is written). If it gets the lease, it looks by
 * itself. If not, it moves the marker, and goes only when one hold of the lease was there before and after the move.
 * That hold's owner read the marker before the hold began, so before the move, and reads it again after the hold ends, so
 * after the move: it sees that the marker moved, and its next look, or that of whoever then has the lease by the same
 * argument, sees the cause. If the owner dies, its message is delivered again, because it is acknowledged only after all
 * this; while the dead one's lease lasts, that delivery is refused with a RetryableError rather than acknowledged.
 *
 * @throws RetryableError when the warehouse or the control bucket cannot answer for now; what runs is finished first
 * @throws PermanentError when the models or the selection make no sense, listing what is wrong
 */
export async function refresh(request: RefreshRequest, ports: RefreshPorts): Promise<RefreshSummary> {
  const graph = graphOf(ports.models);
  const selected = request.select ? selectModels(graph, request.select) : undefined;
  await writeWishes(graph, selected, request, ports);
  const cache: TextCache = ports.cache ?? new Map();
  const built = new Set<string>();
  let last: ReadonlyMap<string, Fate> = new Map();

  for (let look = 0; look < looksMax; look += 1) {
    const seen = await markerGeneration(ports.control);
    const lease = await takeTurn(request, ports);
    if (!lease) return summaryOf(last, built, { continue: false, busy: look === 0 });
    try {
      // Who moved the marker meant all models, so only the first look is partial.
      last = await lookOnce(graph, look === 0 ? selected : undefined, lease, ports, cache);
    } finally {
      await lease.release();
    }
    for (const [name, { kind }] of last) {
      if (kind === "built") built.add(name);
    }
    throwBroken(last);
    const isPostponed = [...last.values()].some(({ kind }) => kind === "postponed");
    if (isPostponed) return summaryOf(last, built, { continue: true, busy: false });
    if ((await markerGeneration(ports.control)) === seen) break;
    const isLate = ports.deadline !== undefined && ports.clock.now() >= ports.deadline;
    if (isLate || look === looksMax - 1) return summaryOf(last, built, { continue: true, busy: false });
  }
  const summary = summaryOf(last, built, { continue: false, busy: false });
  ports.log.info("refresh finished", {
    reason: request.reason,
    built: summary.built.length,
    failed: summary.failed.length,
    waiting: summary.waiting.length,
    skipped: summary.skipped.length,
    fresh: summary.fresh.length,
  });
  return summary;
}

/** A forced rebuild is a wish written into the model's state, so that neither a deadline nor a crash forgets it. */
async function writeWishes(
  graph: Graph,
  selected: ReadonlySet<string> | undefined,
  { force, requestedAt }: RefreshRequest,
  { control, clock }: RefreshPorts,
): Promise<void> {
  if (force === undefined || force === false) return;
  const all = selected ?? new Set(graph.byName.keys());
  const wished = force === true ? all : selectModels(graph, force);
  const at = (requestedAt ?? clock.now()).toISOString();
  for (const name of wished) await askForRebuild(control, name, at);
}

/** Takes the lease, or makes sure that its holder looks again after us: see {@link refresh}. */
async function takeTurn(
  { reason, owner, alsoFor = [] }: RefreshRequest,
  { control, clock, leaseMs }: RefreshPorts,
): Promise<Lease | undefined> {
  const options = { owner: owner || randomUUID(), ttlMs: leaseMs ?? defaultLeaseMs, clock };
  for (let tries = 0; tries < turnTriesMax; tries += 1) {
    const lease = await acquireLease(control, leaseName, options);
    if (lease) return lease;
    const before = await leaseHold(control, leaseName, clock);
    if (!before) continue;
    if (before.owner === owner || alsoFor.includes(before.owner)) {
      throw new RetryableError("An earlier delivery of this message is still refreshing, or died while it did");
    }
    await moveMarker(control, clock, reason);
    const after = await leaseHold(control, leaseName, clock);
    if (after?.nonce === before.nonce) return undefined;
  }
  throw new RetryableError("The lease of the refresh changes hands too often");
}

async function lookOnce(
  graph: Graph,
  scope: ReadonlySet<string> | undefined,
  lease: Lease,
  ports: RefreshPorts,
  cache: TextCache,
): Promise<ReadonlyMap<string, Fate>> {
  const look = await lookAt(graph, ports, cache);
  await prepareWarehouse(look, scope, ports.warehouse);
  const leaseMs = ports.leaseMs ?? defaultLeaseMs;
  // A bucket takes one write per second and object, so the lease is renewed now and then, not at each step.
  const fence = async (): Promise<void> => {
    const left = lease.expiresAt.getTime() - ports.clock.now().getTime();
    if (left < (leaseMs * 2) / 3) await lease.renew();
  };
  const parallelism = ports.parallelism ?? defaultParallelism;
  const fates = await rebuild(look, scope, { ...ports, parallelism, deadline: ports.deadline, fence });
  const { restrictedDataset } = ports;
  if (restrictedDataset !== undefined) await publishRestricted(look, fates, restrictedDataset, { ...ports, fence });
  return fates;
}

/** Creates the datasets and the ledger, if there is anything to build into them. */
async function prepareWarehouse(
  look: Look,
  scope: ReadonlySet<string> | undefined,
  warehouse: Warehouse,
): Promise<void> {
  const stale = look.graph.models.filter(
    ({ name }) => (scope?.has(name) ?? true) && standingOf(look, name).kind === "stale",
  );
  if (stale.length === 0) return;
  for (const dataset of new Set([buildsTable.dataset, ...stale.map((model) => model.dataset)])) {
    await warehouse.ensureDataset(dataset);
  }
  await warehouse.ensureTable(buildsTable);
  await warehouse.ensureTable(testResultsTable);
}

/** The first error of a build that could not go on becomes that of the refresh: the message is delivered again. */
function throwBroken(fates: ReadonlyMap<string, Fate>): void {
  const [name, fate] = [...fates].find(([, { kind }]) => kind === "broken") ?? [];
  if (fate?.kind !== "broken") return;
  const { error } = fate;
  const mayPass = error instanceof Error && "retryable" in error && error.retryable === true;
  if (!mayPass || error instanceof RetryableError) throw error;
  throw new RetryableError(error.message, { model: name }, { cause: error });
}

function summaryOf(
  fates: ReadonlyMap<string, Fate>,
  built: ReadonlySet<string>,
  end: { readonly continue: boolean; readonly busy: boolean },
): RefreshSummary {
  const named = (wanted: Fate["kind"]) => [...fates].filter(([, { kind }]) => kind === wanted).map(([name]) => name);
  const failed = named("failed");
  return {
    built: [...built].filter((name) => !failed.includes(name)),
    failed,
    waiting: named("waiting"),
    fresh: named("fresh").filter((name) => !built.has(name)),
    skipped: named("skipped"),
    ...end,
  };
}
