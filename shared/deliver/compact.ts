import type { ObjectStore } from "../ports/object-store.ts";
import { deleteEntries, type Entry, readJournal } from "./journal.ts";
import type { LedgerRow, Payloads } from "./payloads.ts";
import { readState, writeState } from "./state.ts";

export interface CompactPorts {
  readonly control: ObjectStore;
  readonly payloads: Payloads;
}

/** A journal entry holds fewer lines than this. */
const linesMax = 100_000;

function rowsOf(entries: readonly Entry[]): LedgerRow[] {
  return entries.flatMap(({ number, runId, lines }) =>
    lines.flatMap((line, at) => {
      if (line.kind !== "outcome") return [];
      const { kind: _, ...outcome } = line;
      return [{ ...outcome, runId, sequence: number * linesMax + at }];
    }),
  );
}

/**
 * Loads what the journal says into the ledger, and then takes the entries away. What is to be loaded is written down first, so that whoever
 * dies in between is followed by the very same job, which runs once.
 * @returns the number that the next entry has
 */
export async function compact(delivery: string, { control, payloads }: CompactPorts): Promise<number> {
  let { value: state, generation } = await readState(control, delivery);
  const entries = await readJournal(control, delivery);
  const last = Math.max(state.loaded_through, ...entries.map(({ number }) => number));
  // The one that was begun first, then the rest.
  for (const through of state.loading_through === undefined ? [last] : [state.loading_through, last]) {
    const from = state.loaded_through;
    const due = entries.filter(({ number }) => number > from && number <= through);
    if (due.length > 0) {
      generation = await writeState(control, delivery, { ...state, loading_through: through }, generation);
      await payloads.record(`${from + 1}-${through}`, rowsOf(due));
    }
    state = { v: 1, loaded_through: Math.max(from, through) };
    if (due.length > 0) generation = await writeState(control, delivery, state, generation);
  }
  await deleteEntries(control, delivery, entries);
  return last + 1;
}
