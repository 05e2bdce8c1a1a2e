import {
  assumedOfDeliveries,
  type DeliveriesMonth,
  deliveriesMonth,
  type PlannedDelivery,
} from "./deliveries-month.ts";
import type { Measured, Pace } from "./measure.ts";
import type { Priced } from "./prices.ts";

/** What of a deployment's month is set and not measured. */
export interface Plan {
  /** Endpoints of all sources and school years: each is one run a day. */
  readonly endpoints: number;
  readonly schedulerJobs: number;
  readonly secrets: number;
  /** Tables that the models read, over all models: BigQuery bills 10 MB for each at least. */
  readonly modelInputs: number;
  readonly deliveries: readonly PlannedDelivery[];
  /** How many times as many students as were measured. */
  readonly scale: number;
}

/** What the figures assume; docs/cost.md says why. Nights are those of terraform/variables.tf: changes Monday to Friday, all on Saturday. */
export const assumed = {
  deltaNights: 21.75,
  fullNights: 4.35,
  /** Rows that change on a weekday, where the ledger has none to say so. */
  deltaShare: 0.02,
  /** Where functions were not timed in the cloud: an extraction's token, discovery and first instance, each request, and a load. */
  extractSeconds: 5,
  requestSeconds: 1,
  loadSeconds: 10,
  /** One run of the reconciler, every 15 minutes. */
  reconcileSeconds: 3,
  /** One build in the cloud: three jobs of BigQuery, of some seconds each, four builds at a time. */
  buildSeconds: 8,
  buildsAtOnce: 4,
  /** The SELECT of a build and the query of its tests read about the same. */
  readsPerBuild: 2,
  /** NDJSON is so many times its gzip, and raw keeps it uncompressed (measured on sample data: 11.6). */
  gzipRatio: 11.6,
  /** Rows of raw cost half when their day's partition has not changed for so many months. Nothing takes them away. */
  activeMonths: 3,
  classAPerRun: 16,
  classBPerRun: 20,
  logBytesPerRun: 8_000,
  messagesPerRun: 4,
  imageGib: 1.5,
  deliveries: assumedOfDeliveries,
} as const;

/** What terraform/functions.tf gives each function. */
const machines = {
  extract: { vcpu: 1, gib: 0.5 },
  load: { vcpu: 0.583, gib: 0.5 },
  refresh: { vcpu: 1, gib: 1 },
  deliver: { vcpu: 1, gib: 0.5 },
  reconcile: { vcpu: 0.583, gib: 0.5 },
} as const;

const gib = 1024 ** 3;
const reconcilesPerMonth = 30.4 * 24 * 4;
const billedMin = 10 * 1024 ** 2;

/** Amounts of what is paid for. */
export type Operations = Readonly<Record<Priced, number>>;

interface Volume {
  readonly runs: number;
  readonly rows: number;
}

/** Runs and rows of a month: each endpoint each night, all rows on Saturdays and the changed ones on weekdays. */
export function volumeOf(measured: Measured, { endpoints, scale }: Plan): Volume {
  const live = measured.liveRows * scale;
  const share = measured.deltaShare ?? assumed.deltaShare;
  return {
    runs: endpoints * (assumed.deltaNights + assumed.fullNights),
    rows: live * (assumed.fullNights + share * assumed.deltaNights),
  };
}

/** What was timed in the cloud, else what is assumed for the requests that were counted. */
function pacesOf({ paces, requestsPerRow }: Measured): { readonly extract: Pace; readonly load: Pace } {
  return (
    paces ?? {
      extract: { fixedSeconds: assumed.extractSeconds, secondsPerRow: requestsPerRow * assumed.requestSeconds },
      load: { fixedSeconds: assumed.loadSeconds, secondsPerRow: 0 },
    }
  );
}

const idle: DeliveriesMonth = {
  ...{ looks: 0, records: 0, messages: 0, seconds: 0, journalEntries: 0, bytesRead: 0, classA: 0, classB: 0 },
  ...{ ledgerRows: 0, ledgerRowsOld: 0 },
};

/** What deliveries do in a month: nothing, as far as one can tell, where none has run. */
export function deliveredOf(measured: Measured, { deliveries, scale }: Plan, month: number): DeliveriesMonth {
  if (!measured.deliveries || deliveries.length === 0) return idle;
  const nights = assumed.deltaNights + assumed.fullNights;
  const share = measured.deltaShare ?? assumed.deltaShare;
  return deliveriesMonth(
    measured.deliveries,
    { deliveries, nights, scale, share, activeMonths: assumed.activeMonths },
    month,
  );
}

/** Seconds that each function works in a month. */
export function secondsOf(measured: Measured, plan: Plan, month: number): Record<keyof typeof machines, number> {
  const { runs, rows } = volumeOf(measured, plan);
  const nights = assumed.deltaNights + assumed.fullNights;
  const { extract, load } = pacesOf(measured);
  return {
    extract: runs * extract.fixedSeconds + rows * extract.secondsPerRow,
    load: runs * load.fixedSeconds + rows * load.secondsPerRow,
    refresh: (nights * measured.models * assumed.buildSeconds) / assumed.buildsAtOnce,
    deliver: deliveredOf(measured, plan, month).seconds,
    reconcile: reconcilesPerMonth * assumed.reconcileSeconds,
  };
}

/** What is billed for one build of every model: what is read, and at least 10 MB for each table. */
function scannedPerNight(measured: Measured, { modelInputs, scale }: Plan): number {
  return assumed.readsPerBuild * (measured.rebuildBytes * scale + modelInputs * billedMin);
}

/** The operations of one month, in the so-manieth month of the deployment: what is kept grows. */
export function operationsOf(measured: Measured, plan: Plan, month: number): Operations {
  const { runs, rows } = volumeOf(measured, plan);
  const seconds = secondsOf(measured, plan, month);
  const names = ["extract", "load", "refresh", "deliver", "reconcile"] as const;
  const nights = assumed.deltaNights + assumed.fullNights;
  const delivered = deliveredOf(measured, plan, month);
  const ledgerGib = (measured.deliveries?.bytesPerLedgerRow ?? 0) / gib;
  const messages = runs * assumed.messagesPerRun + reconcilesPerMonth + delivered.messages;
  const landed = (rows * measured.bytesPerRow) / gib;
  const raw = landed * assumed.gzipRatio;
  return {
    vcpu_seconds: names.reduce((total, name) => total + seconds[name] * machines[name].vcpu, 0),
    gib_seconds: names.reduce((total, name) => total + seconds[name] * machines[name].gib, 0),
    requests: messages,
    scheduler_jobs: plan.schedulerJobs,
    pubsub_gib: (messages * 3 * 1000) / gib,
    class_a: runs * (assumed.classAPerRun + measured.partsPerRun) + delivered.classA,
    class_b: runs * assumed.classBPerRun + delivered.classB,
    standard_gib: landed,
    nearline_gib: landed * (month - 1),
    scanned_tib: (nights * scannedPerNight(measured, plan) + delivered.bytesRead) / 1024 / gib,
    // What the models hold is no more than what building them reads.
    warehouse_gib:
      raw * Math.min(month, assumed.activeMonths) +
      (measured.rebuildBytes * plan.scale) / gib +
      (delivered.ledgerRows - delivered.ledgerRowsOld) * ledgerGib,
    warehouse_old_gib: raw * Math.max(0, month - assumed.activeMonths) + delivered.ledgerRowsOld * ledgerGib,
    secret_versions: plan.secrets,
    logging_gib: ((runs + delivered.looks) * assumed.logBytesPerRun) / gib,
    image_gib: assumed.imageGib,
  };
}
