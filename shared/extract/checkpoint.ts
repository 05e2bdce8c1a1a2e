import { randomUUID } from "node:crypto";
import * as z from "zod";
import { snapshotSchema } from "../connector/snapshot.ts";
import { walkSchema } from "../connector/walk.ts";
import { readJson, writeJson } from "../control/json-object.ts";
import { type Manifest, manifestSchema, partSchema } from "../manifest.ts";
import type { ObjectStore } from "../ports/object-store.ts";

/** How a run ends. */
export const endingSchema = z.object({
  outcome: manifestSchema.shape.outcome,
  error: z.string().nullable(),
  api_total_count: z.int().nullable(),
  finished_at: z.string(),
});

export type Ending = z.infer<typeof endingSchema>;

/** Where a run stands. It names exactly the rows that are in closed parts, so a run killed anywhere goes on from here. */
export const checkpointSchema = z.object({
  v: z.literal(1),
  run_id: z.string(),
  mode: z.enum(["full", "delta"]),
  reason: z.string(),
  window: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  run_started_at: z.string(),
  /** Counts the attempts at this run; part names carry it, so that a zombie and its successor never write the same object. */
  attempt: z.int(),
  /** A name that only this attempt has: two that take the run over at once must not take each other's save for their own. */
  holder: z.string(),
  hop: z.int(),
  walks: z.array(walkSchema),
  parts: z.array(partSchema),
  /** How often the records were walked again because fewer came than the source counts. */
  rewalks: z.int(),
  /** Index in `walks` at which the last pass over the records begins. */
  pass_from: z.int(),
  /** What the source counted when the last pass began; null on the first. */
  counted_before: z.int().nullable(),
  deletes_unavailable: z.boolean(),
  accept_shrink: z.boolean(),
  /** The frozen copy that every request of the run reads; null: the live data. */
  snapshot: snapshotSchema.nullable().default(null),
  /** How often it was begun anew because its snapshot had gone. */
  restarts: z.int().default(0),
  /**
   * Set by compare-and-swap before the manifest is written: whoever takes the run up from then on writes this very ending, and a zombie
   * cannot set another.
   */
  ending: endingSchema.nullable(),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

/**
 * Keeps the checkpoint of one attempt. Each save is a compare-and-swap, so a zombie's save fails and stops it. Changes that come while a save
 * is on its way are saved together by the next one: walks tend to end together, and Cloud Storage takes one write of an object a second.
 */
export class CheckpointKeeper {
  readonly #store: ObjectStore;
  readonly #name: string;
  #generation: string;
  #changes: ((state: Checkpoint) => void)[] = [];
  /** The save that will take in the changes that wait; undefined when none does. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  readonly state: Checkpoint;

  constructor(store: ObjectStore, name: string, state: Checkpoint, generation: string) {
    this.#store = store;
    this.#name = name;
    this.state = state;
    this.#generation = generation;
  }

  /** Applies a change and saves it. @throws ConflictError when another attempt has taken the run over */
  save(change: (state: Checkpoint) => void): Promise<void> {
    this.#changes.push(change);
    if (!this.#next) {
      this.#next = this.#last.then(() => this.#saveChanges());
      // Whoever asked for this save is told how it ended; the one after it only waits for its end.
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  async #saveChanges(): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    this.#next = undefined;
    for (const change of changes) change(this.state);
    this.#generation = await writeJson(this.#store, this.#name, this.state, this.#generation);
  }
}

/** A run that has not begun to read. */
export function newCheckpoint(
  run: { readonly runId: string; readonly mode: Manifest["mode"]; readonly acceptShrink: boolean },
  startedAt: Date,
): Checkpoint {
  return {
    v: 1,
    run_id: run.runId,
    mode: run.mode,
    reason: "asked",
    window: { from: null, to: null },
    run_started_at: startedAt.toISOString(),
    attempt: 1,
    holder: randomUUID(),
    hop: 0,
    walks: [],
    parts: [],
    rewalks: 0,
    pass_from: 0,
    counted_before: null,
    deletes_unavailable: false,
    accept_shrink: run.acceptShrink,
    snapshot: null,
    restarts: 0,
    ending: null,
  };
}

/** Creates the checkpoint of a run. @throws ConflictError when another attempt was quicker */
export async function createCheckpoint(store: ObjectStore, name: string, state: Checkpoint): Promise<CheckpointKeeper> {
  return new CheckpointKeeper(store, name, state, await writeJson(store, name, state, "0"));
}

/**
 * Takes over the checkpoint of a run by compare-and-swap, which shuts out every earlier attempt; undefined when it has none yet.
 * @throws ConflictError when another attempt was quicker
 */
export async function takeUpCheckpoint(
  store: ObjectStore,
  name: string,
  hop: number,
): Promise<CheckpointKeeper | undefined> {
  const { value, generation } = await readJson(store, name, checkpointSchema);
  if (!value) return undefined;
  const state: Checkpoint = {
    ...value,
    attempt: value.attempt + 1,
    holder: randomUUID(),
    hop: Math.max(hop, value.hop),
  };
  return new CheckpointKeeper(store, name, state, await writeJson(store, name, state, generation));
}

/** Pages that were read in all, by whichever delivery: whether they grow tells whether a run moves. */
export function pagesOf(state: Checkpoint): number {
  return state.walks.reduce((sum, walk) => sum + walk.pages, 0);
}
