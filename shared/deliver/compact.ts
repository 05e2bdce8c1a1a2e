import type { ObjectStore } from "../ports/object-store.ts";
import { deleteEntries, type Entry, type Intent, openIntents, readJournal } from "./journal.ts";
import type { LedgerRow, Payloads } from "./payloads.ts";
import { type DeliveryState, readState, writeState } from "./state.ts";

export interface CompactPorts {
  readonly control: ObjectStore;
  readonly payloads: Payloads;
}

/** A journal entry holds fewer lines than this: the sequence of a row is the number of its entry so many times, and its place in it. */
export const linesPerEntryMax = 100_000;

function rowsOf(entries: readonly Entry[]): LedgerRow[] {
  return entries.flatMap(({ number, runId, lines }) =>
    lines.flatMap((line, at) => {
      if (line.kind !== "outcome") return [];
      const { kind: _, ...outcome } = line;
      return [{ ...outcome, runId, sequence: number * linesPerEntryMax + at }];
    }),
  );
}

function latestOf(rows: readonly LedgerRow[], before: string | undefined): string | undefined {
  return rows.reduce((latest, { at }) => (latest === undefined || at > latest ? at : latest), before);
}

/** How a journal goes on. */
export interface GoingOn {
  /** The number of the next entry. */
  readonly next: number;
  readonly notBefore?: string;
  /** Records that were announced, and of which nobody has said what came. */
  readonly open: readonly Intent[];
}

/**
 * Loads what the journal says into the ledger, and then takes the entries away. What is to be loaded is written down first, so that whoever
 * dies in between is followed by the very same job, which runs once. What was announced and has no outcome yet stays in the state: one who was
 * held until his lease was another's may do this, too, and must not take away what the other has announced.
 */
export async function compact(delivery: string, { control, payloads }: CompactPorts): Promise<GoingOn> {
  let { value: state, generation } = await readState(control, delivery);
  const entries = await readJournal(control, delivery);
  const last = Math.max(state.loaded_through, ...entries.map(({ number }) => number));
  // The one that was begun first, then the rest.
  for (const through of state.loading_through === undefined ? [last] : [state.loading_through, last]) {
    const from = state.loaded_through;
    const due = entries.filter(({ number }) => number > from && number <= through);
    if (due.length === 0) continue;
    const rows = rowsOf(due);
    generation = await writeState(control, delivery, { ...state, loading_through: through }, generation);
    await payloads.record(`${from + 1}-${through}`, rows);
    state = afterLoading(state, due, rows, through);
    generation = await writeState(control, delivery, state, generation);
  }
  await deleteEntries(control, delivery, entries);
  const { latest_at: latest, open } = state;
  return { next: last + 1, open, ...(latest === undefined ? {} : { notBefore: latest }) };
}

function afterLoading(
  { open, latest_at: before }: DeliveryState,
  due: readonly Entry[],
  rows: readonly LedgerRow[],
  through: number,
): DeliveryState {
  const latest = latestOf(rows, before);
  const loaded = { v: 1 as const, loaded_through: through, open: openIntents(open, due) };
  return latest === undefined ? loaded : { ...loaded, latest_at: latest };
}
