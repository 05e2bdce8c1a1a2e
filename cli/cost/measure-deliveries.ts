import * as z from "zod";
import { linesPerEntryMax } from "../../shared/deliver/compact.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";
import type { Connection } from "../deployment/connection.ts";
import { readResult } from "../deployment/deliveries.ts";

/** What deliveries did, from their ledger and their results. */
export interface MeasuredDeliveries {
  /** Runs in the ledger that this rests on, and the requests that they sent. */
  readonly runs: number;
  readonly sent: number;
  /** Records that there are payloads of. */
  readonly payloads: number;
  /** Records that a run after the first of its delivery sent, as a share of the payloads; undefined when there was none. */
  readonly changedShare: number | undefined;
  /** Of each record that was sent, in the cloud: time, and entries of the journal. Undefined on one machine, where the target is next door. */
  readonly secondsPerRecord: number | undefined;
  readonly entriesPerRecord: number | undefined;
  /** What a look at all payloads reads, and a row of the ledger. */
  readonly payloadBytes: number;
  readonly bytesPerLedgerRow: number;
}

export interface DeliveriesPlace extends Pick<Connection, "control" | "project"> {
  readonly warehouse: Pick<Warehouse, "query" | "listTables" | "dryRun">;
}

const number = z.coerce.number();
const runSchema = z.object({
  delivery: z.string(),
  sent: number,
  attempts: number,
  seconds: number,
  entries: number,
});
type Run = z.infer<typeof runSchema>;

const runsSince = `select
    delivery,
    run_id,
    countif(http_status is not null) as sent,
    count(*) as attempts,
    timestamp_diff(max(attempted_at), min(attempted_at), millisecond) / 1000 as seconds,
    div(max(sequence), ${linesPerEntryMax}) - div(min(sequence), ${linesPerEntryMax}) + 1 as entries
from ops.deliveries
where attempted_at >= timestamp(@since)
group by delivery, run_id
order by delivery, min(attempted_at)`;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Bytes that a SELECT over whole tables reads, as its dry run says. */
async function bytesOf(warehouse: DeliveriesPlace["warehouse"], selects: readonly string[]): Promise<number> {
  const found = await Promise.all(selects.map((select) => warehouse.dryRun(select)));
  return sum(found.map(({ bytes }) => bytes));
}

/** Records that each delivery has payloads of, as its last result says. */
async function payloadsBy({ control }: DeliveriesPlace, deliveries: ReadonlySet<string>): Promise<Map<string, number>> {
  const found = await Promise.all([...deliveries].map((delivery) => readResult(control, delivery)));
  return new Map(
    found.flatMap((result) =>
      result ? [[result.delivery, sum(result.resources.map(({ payloads }) => payloads))] as const] : [],
    ),
  );
}

/** What later runs sent of all that there was: the first run of a delivery sends everything. */
function changedShare(runs: readonly Run[], payloads: ReadonlyMap<string, number>): number | undefined {
  const later = runs.filter((run, index) => runs[index - 1]?.delivery === run.delivery);
  const there = sum(later.map(({ delivery }) => payloads.get(delivery) ?? 0));
  return there > 0 ? sum(later.map(({ sent }) => sent)) / there : undefined;
}

/** Looks at what was delivered since a time; changes nothing. @returns undefined when nothing was */
export async function measureDeliveries(
  place: DeliveriesPlace,
  tables: readonly string[],
  since: Date,
): Promise<MeasuredDeliveries | undefined> {
  const { warehouse, project } = place;
  if (!(await warehouse.listTables("ops")).includes("deliveries")) return undefined;
  const rows: Row[] = await warehouse.query(runsSince, { params: { since: since.toISOString() } });
  const runs = rows.map((row) => runSchema.parse(row));
  if (runs.length === 0) return undefined;
  const payloads = await payloadsBy(place, new Set(runs.map(({ delivery }) => delivery)));
  const there = new Set((await warehouse.listTables("delivery")).map((table) => `delivery.${table}`));
  const columns = "source_id, school_year, record_key, payload";
  const looks = tables.filter((table) => there.has(table)).map((table) => `select ${columns} from ${table}`);
  const [ledger] = await warehouse.query("select count(*) as attempts from ops.deliveries");
  const sent = sum(runs.map((run) => run.sent));
  const isTimed = project !== undefined && sent > 0;
  return {
    runs: runs.length,
    sent,
    payloads: sum([...payloads.values()]),
    changedShare: changedShare(runs, payloads),
    secondsPerRecord: isTimed ? sum(runs.map(({ seconds }) => seconds)) / sent : undefined,
    entriesPerRecord: isTimed ? sum(runs.map(({ entries }) => entries)) / sent : undefined,
    payloadBytes: await bytesOf(warehouse, looks),
    bytesPerLedgerRow: (await bytesOf(warehouse, ["select * from ops.deliveries"])) / number.parse(ledger?.attempts),
  };
}
