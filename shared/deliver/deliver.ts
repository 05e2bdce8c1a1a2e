import { createHash } from "node:crypto";
import type { Connector } from "../config/connector.ts";
import type { Delivery } from "../config/deliveries.ts";
import { findDelivery, type Source, type Sources, yearsOf } from "../config/sources.ts";
import type { Gate, Visit } from "../connector/gate.ts";
import type { Lease } from "../control/lease.ts";
import { ConflictError, PermanentError, RetryableError } from "../errors.ts";
import type { DeliverMessage } from "../messages/deliver.ts";
import type { MessageOrigin } from "../messages/extract.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import { atMost } from "../refresh/at-most.ts";
import { madeFor, modelsOfPipeline, pipelineOf, sharedMapping } from "../refresh/configured.ts";
import type { Model } from "../refresh/model.ts";
import { compact } from "./compact.ts";
import { deliverYear } from "./in-order.ts";
import { Journal } from "./journal.ts";
import { Pause, pausing } from "./pause.ts";
import type { DeliveredResource, Payloads } from "./payloads.ts";
import { recover } from "./recover.ts";
import { unwrittenPerLane } from "./resource.ts";
import { type DeliveryResult, resultName, resultOf } from "./result.ts";
import { isOver, type Run, Year } from "./run.ts";
import { markBegun, markEnded, markHandedOver } from "./run-mark.ts";
import { Breaker } from "./sending.ts";
import type { Target, TargetLimits } from "./target.ts";
import { requestGeneration, takeTurn } from "./turn.ts";

/** What opens a target; `shared/deliver/target.ts` does it over HTTP. */
export type OpenTarget = (
  delivery: Delivery,
  source: Source,
  connector: Connector,
  schoolYear: number,
  resources: readonly string[],
  limits: TargetLimits,
) => Promise<Target>;

export interface DeliverPorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly models: readonly Model[];
  readonly control: ObjectStore;
  readonly payloadsOf: (delivery: Delivery) => Payloads;
  readonly openTarget: OpenTarget;
  readonly deliverTopic: Topic;
  /** Which of these tables are not there, for their models have never been built. All are there when left out. */
  readonly missingTables?: (tables: readonly string[]) => Promise<readonly string[]>;
  /** The way to a source, which all requests of a process share. */
  readonly gateOf?: (source: Source) => Gate;
  readonly clock: Clock;
  readonly log: Log;
  readonly workMs: number;
  readonly leaseMs: number;
  readonly random?: () => number;
  readonly pageRows?: number;
  readonly journalPauseMs?: number;
}

/** What became of a message. */
export type Delivered =
  | { readonly kind: "finished"; readonly result: DeliveryResult }
  /** Time was up: another message goes on. */
  | { readonly kind: "continued" }
  /** Somebody else is sending, and will look again for us. */
  | { readonly kind: "busy" }
  /** Some of its models have never been built: the one that is built last says so, and then everything is there. */
  | { readonly kind: "waiting"; readonly models: readonly string[] }
  /** It meant no delivery, or several, each of which has a message of its own now. */
  | { readonly kind: "handed on"; readonly deliveries: readonly string[] };

const pageRowsDefault = 2000;
/** Journal entries of one delivery are at least so far apart: what happens in between is written together. */
const journalPauseMs = 100;

/** The collections of a pipeline and the models that hold what is sent into them. */
export function resourcesOf(pipeline: string, models: readonly Model[]): DeliveredResource[] {
  return models.flatMap(({ name, header }) => {
    if (header.deliver?.pipeline !== pipeline) return [];
    const hasChangedAt = header.columns.some((column) => column.name === "changed_at" && column.type === "TIMESTAMP");
    return [{ resource: header.deliver.resource, table: name, hasChangedAt }];
  });
}

function runIdOf(message: DeliverMessage, delivery: Delivery, { messageId, publishedAt }: MessageOrigin): string {
  if (message.run_id) return message.run_id;
  const time = publishedAt.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const hash = createHash("sha256").update(`${delivery.id} ${messageId}`).digest("hex");
  return `${time}-deliver-${hash.slice(0, 10)}`;
}

/**
 * Makes a target agree with the payloads of a pipeline: sends what the target does not surely have, in the order in which the target can take
 * it, and remembers what it took. A run that has no more time hands over to another message; a message that comes twice, or two that come at
 * once, send nothing twice.
 * @throws RetryableError when the target, the warehouse or the control bucket cannot answer for now
 * @throws PermanentError for wrong configuration or credentials
 */
export async function deliver(message: DeliverMessage, origin: MessageOrigin, ports: DeliverPorts): Promise<Delivered> {
  const ids = deliveriesOf(message, ports);
  const [id] = ids;
  if (id === undefined || ids.length > 1) {
    for (const one of ids) await ports.deliverTopic.publish({ v: 1, delivery: one });
    return { kind: "handed on", deliveries: ids };
  }
  const delivery = ownDelivery(id, ports);
  const { control, clock, leaseMs } = ports;
  const missing = await unbuilt(delivery, ports);
  if (missing.length > 0) {
    ports.log.info("deliver: waits until its models are built", { source_id: id, count: missing.length });
    return { kind: "waiting", models: missing };
  }
  const seen = await requestGeneration(control, id);
  const owner = `${origin.messageId} ${message.hop}`;
  const lease = await takeTurn({ control, clock, delivery: id, owner, ttlMs: leaseMs });
  if (!lease) return { kind: "busy" };
  let ended: Ended;
  try {
    ended = await workMarked(delivery, runIdOf(message, delivery, origin), { message, seen }, lease, ports);
  } finally {
    await lease.release();
  }
  const { done, continuation } = ended;
  // Published when the lease is free again: whoever finds it taken leaves it to the holder to look again, and this one would not.
  if (continuation) await ports.deliverTopic.publish(continuation);
  else if ((await requestGeneration(control, id)) !== seen) await ports.deliverTopic.publish({ v: 1, delivery: id });
  return done;
}

/** How the work on a message ended, and the message that goes on where it did not come to its end. */
interface Ended {
  readonly done: Delivered;
  readonly continuation?: DeliverMessage;
}

/** Works on a run and keeps its mark, so that reconcile sees one that stopped in the middle. What can never succeed ends it, too. */
async function workMarked(
  delivery: Delivery,
  runId: string,
  { message, seen }: { readonly message: DeliverMessage; readonly seen: string },
  lease: Lease,
  ports: DeliverPorts,
): Promise<Ended> {
  const { hop, idle, retry } = message;
  const hold = await markBegun(ports, delivery.id, { runId, hop, idle, retry, request: seen });
  try {
    const ended = await work(delivery, runId, message, lease, ports);
    if (ended.continuation) await markHandedOver(ports, hold, ended.continuation.idle);
    else await markEnded(ports, hold);
    return ended;
  } catch (error) {
    if (error instanceof PermanentError) await markEnded(ports, hold);
    throw error;
  }
}

/** The delivery of an id. @throws PermanentError when there is none, and when its payloads are made for another one's target */
export function ownDelivery(id: string, { sources, models }: Pick<DeliverPorts, "sources" | "models">): Delivery {
  const delivery = findDelivery(sources, id);
  const other = madeFor(delivery, models, sources);
  if (other === undefined) return delivery;
  throw new PermanentError(sharedMapping(delivery, other), { source_id: id });
}

function deliveriesOf({ model, delivery }: DeliverMessage, { sources, models }: DeliverPorts): string[] {
  if (delivery !== undefined) return [delivery];
  const pipeline = models.some(({ name }) => name === model) ? pipelineOf(model ?? "") : undefined;
  return (sources.deliveries ?? []).filter((one) => one.pipeline === pipeline).map(({ id }) => id);
}

/** The models of a delivery that have no table yet. In the first night they are built one by one, and each says so. */
async function unbuilt({ pipeline }: Delivery, { models, missingTables }: DeliverPorts): Promise<readonly string[]> {
  return (await missingTables?.(modelsOfPipeline(pipeline, models))) ?? [];
}

/** How far the clocks of two processes may be apart. */
const skewMs = 60_000;

function targetOf(delivery: Delivery, { sources, connectors }: DeliverPorts) {
  const source = sources.sources.find(({ id }) => id === delivery.to);
  const connector = source && connectors.get(source.connector);
  if (source && connector) return { source, connector };
  throw new PermanentError(`The delivery ${delivery.id} has no target.`, { source_id: delivery.id });
}

async function work(
  delivery: Delivery,
  runId: string,
  message: DeliverMessage,
  lease: Lease,
  ports: DeliverPorts,
): Promise<Ended> {
  const { control, clock, log, leaseMs, workMs } = ports;
  const deadline = clock.now().getTime() + workMs;
  const fence = async (): Promise<void> => {
    if (lease.expiresAt.getTime() - clock.now().getTime() < (leaseMs * 2) / 3) await lease.renew();
  };
  const payloads = ports.payloadsOf(delivery);
  const goingOn = await recover(delivery, runId, fence, ports);
  const resources = resourcesOf(delivery.pipeline, ports.models);
  if (resources.length === 0) {
    throw new PermanentError(`There is no model of the pipeline "${delivery.pipeline}" in sql/delivery/.`, {
      source_id: delivery.id,
    });
  }
  const { source, connector } = targetOf(delivery, ports);
  const pause = new Pause(clock, message.not_before);
  // More would wait at the gate while the answers of others say something new.
  const atOnce = Math.min(delivery.concurrency, source.concurrency);
  const run: Run = {
    delivery,
    runId,
    retry: new Set(message.retry),
    payloads,
    clock,
    log,
    deadline,
    atOnce,
    pageRows: ports.pageRows ?? pageRowsDefault,
    journal: new Journal({
      control,
      clock,
      delivery: delivery.id,
      runId,
      ...goingOn,
      fence,
      pauseMs: ports.journalPauseMs ?? journalPauseMs,
      unwrittenMax: atOnce * unwrittenPerLane,
    }),
    sending: {
      clock,
      pause,
      breaker: new Breaker(delivery.failures_max_share),
      slot: atMost(atOnce),
      random: ports.random ?? Math.random,
      deadline,
      isOurs: () => clock.now().getTime() + source.timeout_seconds * 1000 + skewMs < lease.expiresAt.getTime(),
    },
  };
  const entered = ports.gateOf?.(source).enter(deadline);
  const visit = entered && pausing(entered, pause, deadline);
  try {
    return await deliverYears({ run, source, connector, resources, message, visit }, ports);
  } catch (error) {
    throw error instanceof ConflictError ? new RetryableError(error.message, error.details, { cause: error }) : error;
  } finally {
    await visit?.leave();
  }
}

interface Work {
  readonly run: Run;
  readonly source: Source;
  readonly connector: Connector;
  readonly resources: readonly DeliveredResource[];
  readonly message: DeliverMessage;
  readonly visit: Visit | undefined;
}

async function deliverYears(
  { run, source, connector, resources, message, visit }: Work,
  ports: DeliverPorts,
): Promise<Ended> {
  const { delivery, payloads } = run;
  const { pause } = run.sending;
  // The time that the target has asked for in an earlier message.
  await pause.wait(run.deadline);
  const years = new Set((await Promise.all(resources.map((resource) => payloads.years(resource)))).flat());
  const known = yearsOf(source);
  const notes: string[] = [...years]
    .filter((year) => !known.includes(year))
    .map((year) => `the target has no school year ${year}`);
  const schoolYears = [...years].filter((year) => known.includes(year)).sort();
  let isDone = true;
  try {
    for (const schoolYear of schoolYears) {
      isDone = !isOver(run);
      if (!isDone) break;
      if (!(await hasWork(resources, schoolYear, run))) continue;
      const names = resources.map(({ resource }) => resource);
      const target = await ports.openTarget(delivery, source, connector, schoolYear, names, {
        until: run.deadline,
        visit,
      });
      const year = new Year(target, schoolYear, resources);
      const said = await deliverYear(resources, year, run, ports);
      notes.push(...said.notes);
      isDone = said.isDone;
      if (!isDone) break;
    }
  } finally {
    await run.journal.flush();
  }
  await compact(delivery.id, { control: ports.control, payloads });
  const idle = run.journal.settledCount > 0 ? 0 : message.idle + 1;
  const stopped = isDone ? undefined : whyStopped(run, idle);
  if (!isDone && stopped === undefined) {
    const { hop, retry } = message;
    const continuation = {
      ...({ v: 1, delivery: delivery.id, run_id: run.runId, hop: hop + 1, idle, retry } as const),
      ...(pause.isOn ? { not_before: new Date(pause.until).toISOString() } : {}),
    };
    return { done: { kind: "continued" }, continuation };
  }
  const result = await resultOf({
    delivery: delivery.id,
    runId: run.runId,
    resources,
    schoolYears,
    payloads,
    finishedAt: run.clock.now(),
    notes,
    stopped,
    unmatchedTable: ports.models.find(({ name }) => name === `delivery.${delivery.pipeline}__unmatched`)?.name,
    unmatchedMaxShare: delivery.unmatched_max_share,
  });
  await writeResult(ports.control, result);
  report(result, run);
  return { done: { kind: "finished", result } };
}

/** Whether the target lacks anything. One that has everything is not asked anything either: its documents are of many megabytes. */
async function hasWork(
  resources: readonly DeliveredResource[],
  schoolYear: number,
  { payloads, delivery: { deletes } }: Run,
): Promise<boolean> {
  const all = await Promise.all(resources.map((resource) => payloads.counts({ ...resource, schoolYear })));
  return all.some(({ payloads: rows, current, vanished }) => current < rows || (deletes !== undefined && vanished > 0));
}

/** Messages in a row of which none settled a record: with the usual work time, three hours and a half. */
const idleMax = 24;

/** Why a run that is not done does not go on. The next trigger begins where it ended. */
function whyStopped({ sending }: Run, idle: number): string | undefined {
  if (sending.breaker.isOpen) return "most requests failed";
  return idle >= idleMax ? `the target settled no record in ${idle} messages one after the other` : undefined;
}

async function writeResult(control: ObjectStore, result: DeliveryResult): Promise<void> {
  const name = resultName(result.delivery);
  const there = await control.read(name);
  await control.write(name, `${JSON.stringify(result)}\n`, there?.generation ?? "0");
}

function report({ outcome, resources, notes }: DeliveryResult, { delivery, runId, log }: Run): void {
  for (const { resource, payloads, delivered, outcomes } of resources) {
    const sent = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    const failed = payloads - delivered;
    log.info("resource delivered", { source_id: delivery.id, endpoint: resource, rows: payloads, count: sent, failed });
  }
  const fields = { source_id: delivery.id, run_id: runId, outcome, why: notes.join("; ") || undefined };
  if (outcome === "ok") log.info("delivery finished", fields);
  else log.warn("delivery finished, but not everything was taken", fields);
}
