import * as z from "zod";
import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { writeJson } from "./json-object.ts";
import { objectNames, type Place } from "./place.ts";

/** Says that an endpoint is on its way, so that a model that reads it waits rather than being built twice in a night. */
export const inFlightSchema = z.object({
  v: z.literal(1),
  connector: z.string(),
  run_id: z.string().optional(),
  /** How often this run was started since it last handed over in good order. */
  attempts: z.int().default(0),
  since: z.string(),
  expires_at: z.string(),
});

export type InFlight = z.infer<typeof inFlightSchema>;

/** How long a model waits for an endpoint that gives no sign of life. */
const lifeMs = 2 * 60 * 60 * 1000;

function mark(connector: string, now: Date, run: { runId?: string; attempts: number }): InFlight {
  return {
    v: 1,
    connector,
    ...(run.runId ? { run_id: run.runId } : {}),
    attempts: run.attempts,
    since: now.toISOString(),
    expires_at: new Date(now.getTime() + lifeMs).toISOString(),
  };
}

/** How often a compare-and-swap is tried again when another writer was quicker. */
const triesMax = 20;

/** Changes the mark of an endpoint. One that nobody can read counts as none: it must not stand in the way of a run. */
async function changeMark(
  control: ObjectStore,
  place: Place,
  change: (present: InFlight | undefined) => InFlight,
): Promise<void> {
  const name = objectNames.inFlight(place);
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const object = await control.read(name);
    try {
      await writeJson(control, name, change(object && parseMark(object.body)), object?.generation ?? "0");
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new ConflictError("A control object changes too often to be written", { object: name });
}

/** Announces an endpoint before its message is published. */
export async function announce(control: ObjectStore, place: Place, connector: string, clock: Clock): Promise<void> {
  await changeMark(control, place, () => mark(connector, clock.now(), { attempts: 0 }));
}

/** Marks a run as at work. @returns which attempt at it this is, from 1 */
export async function startAttempt(
  control: ObjectStore,
  place: Place,
  connector: string,
  clock: Clock,
  runId: string,
): Promise<number> {
  let attempts = 1;
  await changeMark(control, place, (present) => {
    attempts = present?.run_id === runId ? present.attempts + 1 : 1;
    return mark(connector, clock.now(), { runId, attempts });
  });
  return attempts;
}

/** Hands a run over to its continuation. @param run with the attempts that count from now on: none when it made progress */
export async function handOver(
  control: ObjectStore,
  place: Place,
  connector: string,
  clock: Clock,
  run: { readonly runId: string; readonly attempts: number },
): Promise<void> {
  await changeMark(control, place, () => mark(connector, clock.now(), run));
}

/** Takes the mark away once a run is settled, unless another run of the endpoint was announced after this one began. */
export async function clearInFlight(
  control: ObjectStore,
  place: Place,
  runId: string,
  runStartedAt: string,
): Promise<void> {
  const object = await control.read(objectNames.inFlight(place));
  if (!object) return;
  const present = parseMark(object.body);
  // One that nobody can read is in the way of every run.
  const ours = !present || present.run_id === runId || present.since <= runStartedAt;
  if (ours) await control.delete(objectNames.inFlight(place), object.generation);
}

function parseMark(body: string): InFlight | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return inFlightSchema.safeParse(value).data;
}
