import type { Operations } from "./operations.ts";
import { type Priced, type Prices, priced } from "./prices.ts";

const labels: Readonly<Record<Priced, string>> = {
  vcpu_seconds: "functions: processor, vCPU-seconds",
  gib_seconds: "functions: memory, GiB-seconds",
  requests: "functions: requests",
  scheduler_jobs: "schedules: jobs",
  pubsub_gib: "messages, GiB",
  class_a: "objects: writes and lists",
  class_b: "objects: reads",
  standard_gib: "landing, the newest month, GiB",
  nearline_gib: "landing, older months, GiB",
  scanned_tib: "BigQuery: queries, TiB",
  warehouse_gib: "BigQuery: storage, GiB",
  warehouse_old_gib: "BigQuery: storage, unchanged for 90 days, GiB",
  secret_versions: "secrets: versions",
  logging_gib: "logs, GiB",
  image_gib: "images of the functions, GiB",
};

/** One item of a month's bill. */
export interface BillLine {
  readonly item: string;
  readonly amount: number;
  readonly free: number;
  readonly usd: number;
}

/** The bill of a month: what is above the free amounts, item by item. */
export function billOf(operations: Operations, { prices }: Prices): BillLine[] {
  return priced.map((name) => {
    const { usd, free } = prices[name];
    const amount = operations[name];
    return { item: labels[name], amount, free, usd: Math.max(0, amount - free) * usd };
  });
}

/** What a bill comes to. */
export function totalOf(lines: readonly BillLine[]): number {
  return lines.reduce((total, { usd }) => total + usd, 0);
}
