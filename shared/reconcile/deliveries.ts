import type { Delivery } from "../config/deliveries.ts";
import type { Sources } from "../config/sources.ts";
import { writeJson } from "../control/json-object.ts";
import { leaseOwner } from "../control/lease.ts";
import { type RunMark, readRunMark, runMarkName } from "../deliver/run-mark.ts";
import { leaseName } from "../deliver/state.ts";
import { requestMarkerName } from "../deliver/turn.ts";
import { ConflictError } from "../errors.ts";
import type { DeliverMessage } from "../messages/deliver.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import { modelsOfPipeline } from "../refresh/configured.ts";
import type { Model } from "../refresh/model.ts";
import { readState } from "../refresh/state.ts";

export interface WatchPorts {
  readonly sources: Sources;
  readonly models: readonly Model[];
  readonly control: ObjectStore;
  readonly deliverTopic: Topic;
  readonly clock: Clock;
  readonly log: Log;
  /** What is younger than this is still on its way by itself, in milliseconds. */
  readonly graceMs: number;
}

/** How often a delivery is asked for that does not move. With the usual grace, that is more than two hours; each message is delivered 30 times. */
const asksMax = 8;

const hourMs = 3_600_000;

const never = new Date(0).toISOString();

/** The mark of a delivery that has never run. */
const neverRun: RunMark = {
  v: 1,
  run_id: "",
  holder: "",
  hop: 0,
  idle: 0,
  retry: [],
  looked_at: never,
  request: "0",
  moved_at: never,
  asked: 0,
  ended_at: never,
};

/** What a delivery waits for that no message seems to bring. */
interface Stopped {
  readonly kind: "in the middle" | "before it began";
  readonly message: Partial<DeliverMessage> & { readonly delivery: string };
  /** Since when nothing has moved (milliseconds since the epoch). */
  readonly since: number;
}

/**
 * Asks for deliveries that stopped: a run that is begun, not ended, and has nobody at work on it; and what was asked for and never begun. A
 * message that is on its way after all does no harm: one delivers at a time, and what was taken is not sent again.
 * @returns how many were asked for
 */
export async function continueDeliveries(ports: WatchPorts): Promise<number> {
  let asked = 0;
  for (const delivery of ports.sources.deliveries ?? []) {
    // Whoever has the lease is at work, and sees to what others ask for meanwhile.
    if ((await leaseOwner(ports.control, leaseName(delivery.id), ports.clock)) !== undefined) continue;
    if (await askFor(delivery, ports)) asked += 1;
  }
  return asked;
}

async function askFor(delivery: Delivery, ports: WatchPorts): Promise<boolean> {
  const { control, clock, log, graceMs } = ports;
  const now = clock.now().getTime();
  const object = await control.stat(runMarkName(delivery.id));
  if (object && now - object.updatedAt.getTime() < graceMs) return false;
  const { mark = neverRun, generation } = await readRunMark(control, delivery.id);
  // Written since: somebody has just begun.
  if (generation !== (object?.generation ?? "0")) return false;
  const stopped =
    mark.ended_at === undefined ? inTheMiddle(delivery, mark) : await neverBegun(delivery, mark, ports, now);
  if (!stopped) return false;
  const fields = {
    source_id: delivery.id,
    run_id: stopped.message.run_id,
    hours: Math.round(((now - stopped.since) / hourMs) * 10) / 10,
  };
  if (mark.asked >= asksMax) {
    log.warn("a delivery is overdue: it was asked for again and again, and does not move", fields);
    return false;
  }
  if (!(await write(delivery, { ...mark, asked: mark.asked + 1 }, generation, ports))) return false;
  if (stopped.kind === "in the middle") log.warn("a delivery stopped in the middle; continuing it", fields);
  else log.warn("a delivery was not begun; asking again", fields);
  await ports.deliverTopic.publish(stopped.message);
  return true;
}

function inTheMiddle({ id }: Delivery, { run_id, hop, idle, retry, moved_at }: RunMark): Stopped {
  const message = { v: 1, delivery: id, run_id, hop: hop + 1, idle, retry } as const;
  return { kind: "in the middle", message, since: Date.parse(moved_at) };
}

/** What was asked for since the last run looked, as far as control can tell: a message that found the lease taken, a model that was built. */
async function neverBegun(
  delivery: Delivery,
  mark: RunMark,
  ports: WatchPorts,
  now: number,
): Promise<Stopped | undefined> {
  const request = await ports.control.stat(requestMarkerName(delivery.id));
  const isRequested = request !== undefined && request.generation !== mark.request;
  const times = isRequested ? [request.updatedAt.getTime()] : [];
  times.push(...(await builtSince(delivery, Date.parse(mark.looked_at), ports)));
  const since = Math.min(...times);
  // Also when there is none: the least of nothing is infinite.
  if (now - since < ports.graceMs) return undefined;
  return { kind: "before it began", message: { v: 1, delivery: delivery.id }, since };
}

/**
 * When models of a delivery were built after it looked last, by the clocks of both. None while one has never been built: that one will say so
 * when it is.
 */
async function builtSince(
  { pipeline }: Delivery,
  lookedAt: number,
  { control, models }: WatchPorts,
): Promise<number[]> {
  const states = await Promise.all(modelsOfPipeline(pipeline, models).map((name) => readState(control, name)));
  if (states.some(({ state }) => state.table === undefined)) return [];
  return states.map(({ state }) => Date.parse(state.table?.built_at ?? "")).filter((builtAt) => builtAt > lookedAt);
}

/** Writes the mark. @returns false when somebody else has written it since it was read */
async function write({ id }: Delivery, mark: RunMark, generation: string, { control }: WatchPorts): Promise<boolean> {
  try {
    await writeJson(control, runMarkName(id), mark, generation);
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
