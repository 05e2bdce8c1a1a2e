import { readFileSync } from "node:fs";
import * as z from "zod";

const priceSchema = z.strictObject({
  usd: z.number().positive(),
  /** What each month is free. */
  free: z.number().nonnegative(),
  source: z.url(),
});

/** What is paid for, each with the unit that its name ends in. */
export const priced = [
  "vcpu_seconds",
  "gib_seconds",
  "requests",
  "scheduler_jobs",
  "pubsub_gib",
  "class_a",
  "class_b",
  "standard_gib",
  "nearline_gib",
  "scanned_tib",
  "warehouse_gib",
  "warehouse_old_gib",
  "secret_versions",
  "logging_gib",
  "image_gib",
] as const;
export type Priced = (typeof priced)[number];

const pricesSchema = z.strictObject({
  as_of: z.iso.date(),
  region: z.string(),
  currency: z.literal("USD"),
  note: z.string(),
  prices: z.record(z.enum(priced), priceSchema),
});
export type Prices = z.infer<typeof pricesSchema>;

/** The list prices that are checked in, with their date and sources. */
export function readPrices(): Prices {
  return pricesSchema.parse(JSON.parse(readFileSync(new URL("./prices.json", import.meta.url), "utf8")));
}
