import * as z from "zod";
import { ConflictError, RetryableError } from "../errors.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { jsonIn, type StoredText } from "./control-objects.ts";

/** Prefix of the objects that say what each model was last built from. */
export const statesPrefix = "models/";

/** How often a state is read again when somebody asked for a rebuild while it was being written. */
const triesMax = 20;

const attemptSchema = z.object({
  version: z.string(),
  build_id: z.string(),
  started_at: z.string(),
  /** How often this attempt was taken up again. */
  resumed: z.int().default(0),
});

const tableSchema = z.object({
  version: z.string(),
  build_id: z.string(),
  built_at: z.string(),
  row_count: z.int().nullable(),
  /** Rows by school year, where the model has years. */
  years: z.record(z.string(), z.int()).optional(),
  layout: z.string(),
  /** Of which text it is, and of what: so that the next build may take years that did not change from it. */
  definition: z.string().optional(),
  contents: z.array(z.object({ source_id: z.string(), school_year: z.int(), fingerprint: z.string() })).optional(),
});

const stateSchema = z.object({
  v: z.literal(1),
  /** The version that was tried last and is settled, well or not; empty before the first one. */
  version: z.string(),
  status: z.enum(["unbuilt", "built", "failed"]),
  /** When that was settled. */
  built_at: z.string(),
  build_id: z.string(),
  /** When the build that settled it began: a wish to rebuild that is older is fulfilled. */
  started_at: z.string(),
  /** Rows of the table as it is: those of the last good build. */
  row_count: z.int().nullable(),
  error: z.string().optional(),
  definition: z.string(),
  /** Version of each input that went into it. */
  inputs: z.record(z.string(), z.string()),
  /** What the table holds now: the last good build. */
  table: tableSchema.optional(),
  /** A build at work, or one that died: whoever comes next takes it up, under its id. */
  attempt: attemptSchema.optional(),
  /** Somebody asked then for a rebuild, whatever the version. */
  forced_at: z.string().optional(),
});

export type Attempt = z.output<typeof attemptSchema>;
export type ModelState = z.output<typeof stateSchema>;

export interface VersionedState {
  readonly state: ModelState;
  readonly generation: string;
}

const unbuilt: ModelState = {
  v: 1,
  version: "",
  status: "unbuilt",
  built_at: "",
  build_id: "",
  started_at: "",
  row_count: null,
  definition: "",
  inputs: {},
};

/** Name of the state object of a model. */
export function stateName(model: string): string {
  return `${statesPrefix}${model}.json`;
}

/**
 * The state in an object, or that of a model never built. A text that this version cannot read counts as none: building
 * once more is always right.
 */
export function parseState(object: StoredText | undefined): VersionedState {
  if (!object) return { state: unbuilt, generation: "0" };
  const parsed = stateSchema.safeParse(jsonIn(object.body));
  return { state: parsed.data ?? unbuilt, generation: object.generation };
}

/** Whether somebody asked for a rebuild that no build has fulfilled since. */
export function isForced({ forced_at, started_at }: ModelState): boolean {
  return forced_at !== undefined && forced_at > started_at;
}

/** Reads one state anew. */
export async function readState(control: ObjectStore, model: string): Promise<VersionedState> {
  return parseState(await control.read(stateName(model)));
}

/** Writes a state if it is still the one that was read. @throws ConflictError */
export async function writeState(
  control: ObjectStore,
  model: string,
  state: ModelState,
  generation: string,
): Promise<VersionedState> {
  const written = await control.write(stateName(model), `${JSON.stringify(state)}\n`, generation);
  return { state, generation: written };
}

/**
 * Changes a state while an attempt at it is ours, whoever else changes it meanwhile (a wish to rebuild is kept).
 * @param change gets the present state and returns the next one
 * @returns whether it is written; not when another build has taken our place
 */
export async function settleState(
  control: ObjectStore,
  model: string,
  buildId: string,
  change: (state: ModelState) => ModelState,
): Promise<boolean> {
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const { state, generation } = await readState(control, model);
    // Our own write whose answer was lost: what we wanted to say is said.
    if (state.attempt === undefined && state.build_id === buildId) return true;
    if (state.attempt?.build_id !== buildId) return false;
    try {
      await writeState(control, model, change(state), generation);
      return true;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new RetryableError("The state of a model changes too often to be written", { model });
}

/** Writes down that a model is to be rebuilt, so that the wish outlives whoever has it. Asking twice is asking once. */
export async function askForRebuild(control: ObjectStore, model: string, at: string): Promise<void> {
  await changeState(control, model, (state) =>
    state.started_at >= at || (state.forced_at ?? "") >= at ? undefined : { ...state, forced_at: at },
  );
}

/** Makes a model stale whatever its state says, and whatever the clock of the machine that built it said. */
export async function invalidate(control: ObjectStore, model: string, now: Date): Promise<void> {
  await changeState(control, model, (state) => {
    const times = [state.started_at, state.attempt?.started_at ?? "", now.toISOString()];
    const latest = Date.parse(times.sort().at(-1) ?? "");
    return { ...state, forced_at: new Date(latest + 1).toISOString() };
  });
}

async function changeState(
  control: ObjectStore,
  model: string,
  change: (state: ModelState) => ModelState | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const { state, generation } = await readState(control, model);
    const next = change(state);
    if (!next) return;
    try {
      await writeState(control, model, next, generation);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new RetryableError("The state of a model changes too often to be written", { model });
}
