import * as z from "zod";
import { readJson, type Versioned, writeJson } from "../control/json-object.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { intentSchema } from "./journal.ts";

/** What control holds of a delivery: how far its journal is in the ledger. */
export const deliveryStateSchema = z.object({
  v: z.literal(1),
  /** Entries up to this number are in the ledger. */
  loaded_through: z.int().default(0),
  /** Entries from the next one to this are being loaded; whoever finds this finishes it, as one job. */
  loading_through: z.int().optional(),
  /** Records that those entries announce, and of which they do not say what came. */
  open: z.array(intentSchema).default([]),
  /** When the newest outcome in the ledger was known: clocks differ, and the next one must not come before it. */
  latest_at: z.string().optional(),
});

export type DeliveryState = z.infer<typeof deliveryStateSchema>;

export const stateName = (delivery: string): string => `deliveries/${delivery}/state.json`;
export const leaseName = (delivery: string): string => `leases/deliver/${delivery}.json`;

export async function readState(
  control: ObjectStore,
  delivery: string,
): Promise<Versioned<DeliveryState> & { readonly value: DeliveryState }> {
  const { value, generation } = await readJson(control, stateName(delivery), deliveryStateSchema);
  return { value: value ?? { v: 1, loaded_through: 0, open: [] }, generation };
}

/** @throws ConflictError when somebody else has changed it */
export function writeState(
  control: ObjectStore,
  delivery: string,
  state: DeliveryState,
  generation: string,
): Promise<string> {
  return writeJson(control, stateName(delivery), state, generation);
}
