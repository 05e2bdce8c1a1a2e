import * as z from "zod";
import { readJson } from "../../shared/control/json-object.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type Manifest, manifestSchema } from "../../shared/manifest.ts";
import type { StoredObject } from "../../shared/ports/object-store.ts";
import type { Connection } from "../deployment/connection.ts";
import { readWatermarks } from "../deployment/watermarks.ts";
import { CommandError } from "../exit.ts";
import { type DeliveriesPlace, type MeasuredDeliveries, measureDeliveries } from "./measure-deliveries.ts";

/** How long one run takes: what each takes, and what each row adds. */
export interface Pace {
  readonly fixedSeconds: number;
  readonly secondsPerRow: number;
}

/** What a deployment did, from its ledger, its manifests and its watermarks. */
export interface Measured {
  /** Live students of all sources; 0 when no students are loaded. */
  readonly students: number;
  /** Live rows of all endpoints: what one full run of each reads. */
  readonly liveRows: number;
  /** Runs in the ledger that this rests on. */
  readonly runs: number;
  /**
   * How long functions worked, in the cloud. Undefined on one machine: there runs wait for each other, the source has no network between,
   * and the warehouse is another.
   */
  readonly paces: { readonly extract: Pace; readonly load: Pace } | undefined;
  /** Of a row in landing, gzipped, and of the requests that brought it. */
  readonly bytesPerRow: number;
  readonly requestsPerRow: number;
  /** Parts of a run that has rows. */
  readonly partsPerRun: number;
  /** Rows that a delta run of a weekday brought, as a share of the live rows; undefined when none is in the ledger. */
  readonly deltaShare: number | undefined;
  /** One build of every model: how many, and the bytes that their SELECTs read. */
  readonly models: number;
  readonly rebuildBytes: number;
  /** Undefined when nothing was delivered. */
  readonly deliveries: MeasuredDeliveries | undefined;
}

/** Where to measure. */
export interface MeasuredPlace extends Pick<Connection, "landing">, DeliveriesPlace {}

/** A run of fewer rows than this shows what every run takes. */
const smallRows = 100;

const number = z.coerce.number();
const pacesSchema = z.object({
  mode: z.enum(["full", "delta"]),
  is_small: z.boolean(),
  run_count: number,
  row_total: number,
  extract_seconds: number,
  load_seconds: number,
});
type Group = z.infer<typeof pacesSchema>;

async function runGroups(warehouse: MeasuredPlace["warehouse"], since: string): Promise<Group[]> {
  const rows = await warehouse.query(
    `select mode, row_count + delete_count < ${smallRows} as is_small, count(*) as run_count,
    sum(row_count + delete_count) as row_total,
    sum(timestamp_diff(finished_at, run_started_at, millisecond)) / 1000 as extract_seconds,
    sum(timestamp_diff(loaded_at, finished_at, millisecond)) / 1000 as load_seconds
from ops.runs
where status = 'succeeded' and run_started_at >= timestamp(@since)
group by mode, is_small`,
    { params: { since } },
  );
  return rows.map((row) => pacesSchema.parse(row));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Small runs show what each takes; what larger ones take on top is their rows'. */
function paceOf(groups: readonly Group[], secondsOf: (group: Group) => number): Pace {
  const small = groups.filter((group) => group.is_small);
  const large = groups.filter((group) => !group.is_small);
  const each = (some: readonly Group[]): number => sum(some.map(secondsOf)) / (sum(some.map((g) => g.run_count)) || 1);
  const fixedSeconds = each(small.length > 0 ? small : large);
  const above = sum(large.map((group) => secondsOf(group) - fixedSeconds * group.run_count));
  return { fixedSeconds, secondsPerRow: Math.max(0, above) / (sum(large.map((group) => group.row_total)) || 1) };
}

/** Manifests looked at: the newest. A month of a deployment has thousands. */
const manifestsMax = 300;

async function newestManifests({ landing }: MeasuredPlace): Promise<Manifest[]> {
  const objects: StoredObject[] = [];
  for await (const object of landing.list(objectNames.manifests)) objects.push(object);
  const newest = objects.sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime()).slice(0, manifestsMax);
  const manifests: Manifest[] = [];
  for (const { name } of newest) {
    const { value } = await readJson(landing, name, manifestSchema);
    if (value?.outcome === "complete") manifests.push(value);
  }
  return manifests;
}

const rebuildSchema = z.object({ models: number, bytes: number });

/** The last good build of each model. */
async function rebuildOf(warehouse: MeasuredPlace["warehouse"]): Promise<z.infer<typeof rebuildSchema>> {
  const [row] = await warehouse.query(
    `select count(*) as models, coalesce(sum(bytes_processed), 0) as bytes
from (
    select bytes_processed
    from ops.builds
    where status = 'succeeded'
    qualify row_number() over (partition by model order by finished_at desc) = 1
)`,
  );
  return rebuildSchema.parse(row);
}

/**
 * Looks at what happened since a time; changes nothing.
 * @param deliveryTables the models whose rows are sent
 * @throws CommandError when nothing was loaded
 */
export async function measure(
  connection: MeasuredPlace,
  deliveryTables: readonly string[],
  since: Date,
): Promise<Measured> {
  const tables = await connection.warehouse.listTables("ops");
  const groups = tables.includes("runs") ? await runGroups(connection.warehouse, since.toISOString()) : [];
  if (groups.length === 0)
    throw new CommandError(
      "Nothing was loaded in this time, so there is nothing to measure. Look further back: --days",
    );
  const manifests = await newestManifests(connection);
  const rows = sum(manifests.map((manifest) => manifest.rows + manifest.deletes)) || 1;
  const parts = manifests.flatMap((manifest) => manifest.parts);
  const watermarks = await readWatermarks(connection.control);
  const liveRows = sum(watermarks.map((mark) => mark.row_count));
  const deltas = groups.filter(({ mode }) => mode === "delta");
  const deltaRuns = sum(deltas.map((group) => group.run_count));
  const rebuild = tables.includes("builds") ? await rebuildOf(connection.warehouse) : { models: 0, bytes: 0 };
  return {
    students: sum(watermarks.filter((mark) => mark.endpoint === "students").map((mark) => mark.row_count)),
    liveRows,
    runs: sum(groups.map((group) => group.run_count)),
    paces:
      connection.project === undefined
        ? undefined
        : {
            extract: paceOf(groups, (group) => group.extract_seconds),
            load: paceOf(groups, (group) => group.load_seconds),
          },
    bytesPerRow: sum(parts.map((part) => part.size_bytes)) / rows,
    requestsPerRow: sum(manifests.map((manifest) => manifest.pages)) / rows,
    partsPerRun: parts.length / (manifests.filter((manifest) => manifest.rows > 0).length || 1),
    deltaShare:
      sum(deltas.map((group) => group.row_total)) > 0 && liveRows > 0
        ? sum(deltas.map((group) => group.row_total)) / deltaRuns / (liveRows / watermarks.length)
        : undefined,
    models: rebuild.models,
    rebuildBytes: rebuild.bytes,
    deliveries: await measureDeliveries(connection, deliveryTables, since),
  };
}
