import * as z from "zod";
import { walkSchema } from "../connector/walk.ts";
import { readJson, writeJson } from "../control/json-object.ts";
import { partSchema } from "../manifest.ts";
import type { ObjectStore } from "../ports/object-store.ts";

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
  hop: z.int(),
  walks: z.array(walkSchema),
  parts: z.array(partSchema),
  /** How often the records were walked again because fewer came than the source counts. */
  rewalks: z.int(),
  /** Index in `walks` at which the last pass over the records begins. */
  pass_from: z.int(),
  deletes_unavailable: z.boolean(),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Keeps the checkpoint of one attempt. Saves are serialised; each is a compare-and-swap, so a zombie's save fails and stops it. */
export class CheckpointKeeper {
  readonly #store: ObjectStore;
  readonly #name: string;
  #generation: string;
  #saving: Promise<unknown> = Promise.resolve();
  readonly state: Checkpoint;

  constructor(store: ObjectStore, name: string, state: Checkpoint, generation: string) {
    this.#store = store;
    this.#name = name;
    this.state = state;
    this.#generation = generation;
  }

  /** Applies a change and saves it. @throws ConflictError when another attempt has taken the run over */
  save(change: (state: Checkpoint) => void): Promise<void> {
    const saved = this.#saving.then(async () => {
      change(this.state);
      this.#generation = await writeJson(this.#store, this.#name, this.state, this.#generation);
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }
}

/** Reads the checkpoint of a run, or undefined when it has none yet. */
export async function readCheckpoint(
  store: ObjectStore,
  name: string,
): Promise<{ state: Checkpoint; generation: string } | undefined> {
  const { value, generation } = await readJson(store, name, checkpointSchema);
  return value ? { state: value, generation } : undefined;
}
