import { randomUUID } from "node:crypto";
import { ConflictError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Model } from "./model.ts";
import { type Attempt, type ModelState, readState, type VersionedState, writeState } from "./state.ts";
import type { Version } from "./versions.ts";

/** How often an attempt is taken up: a long job is waited for that often, a broken one is not waited for for ever. */
const resumesMax = 5;
/** No query runs longer in BigQuery, so an older attempt is dead, and its results may be gone. */
const attemptLifeMs = 6 * 60 * 60 * 1000;
const triesMax = 5;

interface Claimable {
  readonly model: Model;
  readonly version: Version;
  readonly found: VersionedState;
}

interface ClaimPorts {
  readonly control: ObjectStore;
  readonly clock: Clock;
}

/**
 * Writes into a model's state that we build it now, and under which id. An attempt at the same version that died is taken
 * up: its jobs may still be at work, and their ids are derived from its own.
 * @throws RetryableError when another refresher claimed it since the state was read
 */
export async function claimBuild({ model, version, found }: Claimable, ports: ClaimPorts): Promise<Attempt> {
  const earlier = found.state.attempt;
  const attempt =
    earlier && canResume(earlier, version.version, found.state, ports.clock.now())
      ? { ...earlier, resumed: earlier.resumed + 1 }
      : newAttempt(version.version, ports.clock.now());
  return writeAttempt(model, found, attempt, ports);
}

/** Gives up an attempt that we hold and begins another at the same version. */
export async function startAfresh({ model, version }: Claimable, held: Attempt, ports: ClaimPorts): Promise<Attempt> {
  const found = await readState(ports.control, model.name);
  if (found.state.attempt?.build_id !== held.build_id) throw takenOver(model);
  return writeAttempt(model, found, newAttempt(version.version, ports.clock.now()), ports);
}

function canResume(earlier: Attempt, version: string, state: ModelState, now: Date): boolean {
  const age = now.getTime() - Date.parse(earlier.started_at);
  const isAskedAgain = (state.forced_at ?? "") > earlier.started_at;
  return earlier.version === version && earlier.resumed < resumesMax && age < attemptLifeMs && !isAskedAgain;
}

/** The id is written down before it is used, so it may be random; the time in it is for people. */
function newAttempt(version: string, now: Date): Attempt {
  const startedAt = now.toISOString();
  const time = startedAt.replaceAll(/[-:]|\.\d+/g, "");
  return { version, build_id: `${time}-${randomUUID().slice(0, 8)}`, started_at: startedAt, resumed: 0 };
}

async function writeAttempt(
  model: Model,
  found: VersionedState,
  attempt: Attempt,
  { control }: ClaimPorts,
): Promise<Attempt> {
  let { state, generation } = found;
  for (let tries = 0; tries < triesMax; tries += 1) {
    try {
      await writeState(control, model.name, { ...state, attempt }, generation);
      return attempt;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const now = await readState(control, model.name);
      // Our own write whose answer was lost; or a wish to rebuild came in between; or somebody else builds it.
      if (isSame(now.state.attempt, attempt)) return attempt;
      if (!isSame(now.state.attempt, state.attempt) || now.state.build_id !== state.build_id) throw takenOver(model);
      ({ state, generation } = now);
    }
  }
  throw takenOver(model);
}

function isSame(one: Attempt | undefined, other: Attempt | undefined): boolean {
  return one?.build_id === other?.build_id && one?.resumed === other?.resumed;
}

function takenOver({ name }: Model): RetryableError {
  return new RetryableError("Another refresher builds this model", { model: name });
}
