import type { MeasuredDeliveries } from "./measure-deliveries.ts";

/** A delivery as its files say it. */
export interface PlannedDelivery {
  /** Models of its pipeline, each of which asks for it when it is built; and collections that it sends into. */
  readonly models: number;
  readonly resources: number;
  /** Requests at once. */
  readonly lanes: number;
}

/** What the figures of deliveries assume; docs/cost.md says why. */
export const assumedOfDeliveries = {
  /** Models are built one after the other: the first one begins a run, and those that come while it works ask for one more. */
  looksPerNight: 2,
  /** One look: the target's token, order, documents and claims, and the queries that find nothing to send. */
  lookSeconds: 30,
  /** A POST, where requests were not timed in the cloud; and the journal's entries, at most ten a second. */
  sendSeconds: 0.2,
  entriesPerSecond: 10,
  /** Rows of a page, and how long a function works before it hands over. */
  pageRows: 2000,
  workSeconds: 450,
  /** Of each resource: years, counts and the first page read payloads and ledger, namespaces read payloads. */
  payloadReads: 3,
  ledgerReads: 3,
  tablesBilled: 7,
  /** Lease, mark, state, result and lists of one message. */
  classAPerMessage: 20,
  classBPerMessage: 30,
} as const;

/** What deliveries do in a month. */
export interface DeliveriesMonth {
  readonly looks: number;
  readonly records: number;
  readonly messages: number;
  readonly seconds: number;
  readonly journalEntries: number;
  readonly bytesRead: number;
  readonly classA: number;
  readonly classB: number;
  /** Rows of the ledger by the end of the month, and those of them that are older than three months. */
  readonly ledgerRows: number;
  readonly ledgerRowsOld: number;
}

export interface DeliveriesPlan {
  readonly deliveries: readonly PlannedDelivery[];
  readonly nights: number;
  readonly scale: number;
  /** Records that change in a night, where the ledger does not say. */
  readonly share: number;
  readonly activeMonths: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const billedMin = 10 * 1024 ** 2;

/** The work of a month: all payloads in the first, and what changes each night in every one. */
export function deliveriesMonth(
  measured: MeasuredDeliveries,
  { deliveries, nights, scale, share, activeMonths }: DeliveriesPlan,
  month: number,
): DeliveriesMonth {
  const assumed = assumedOfDeliveries;
  const payloads = measured.payloads * scale;
  const changed = payloads * (measured.changedShare ?? share) * nights;
  const records = changed + (month === 1 ? payloads : 0);
  const looks = nights * deliveries.length * assumed.looksPerNight;
  const lanes = sum(deliveries.map((one) => one.lanes)) / (deliveries.length || 1);
  const sending = records * (measured.secondsPerRecord ?? assumed.sendSeconds / (lanes || 1));
  const seconds = looks * assumed.lookSeconds + sending;
  const messages = nights * sum(deliveries.map(({ models }) => models)) + looks + sending / assumed.workSeconds;
  const resources = sum(deliveries.map((one) => one.resources));
  const journalEntries =
    measured.entriesPerRecord === undefined ? sending * assumed.entriesPerSecond : records * measured.entriesPerRecord;
  const ledgerRows = payloads + changed * month;
  const ledgerBytes = ledgerRows * measured.bytesPerLedgerRow;
  const looksAtEach = deliveries.length > 0 ? looks / deliveries.length : 0;
  const perLook = assumed.payloadReads * measured.payloadBytes * scale + assumed.ledgerReads * ledgerBytes;
  const page = (measured.payloadBytes * scale + ledgerBytes) / (resources || 1);
  return {
    looks,
    records,
    messages,
    seconds,
    journalEntries,
    bytesRead:
      looksAtEach * (perLook + resources * assumed.tablesBilled * billedMin) + (records / assumed.pageRows) * page,
    classA: journalEntries + messages * assumed.classAPerMessage,
    classB: journalEntries + messages * assumed.classBPerMessage,
    ledgerRows,
    ledgerRowsOld: month > activeMonths ? payloads + changed * (month - activeMonths) : 0,
  };
}
