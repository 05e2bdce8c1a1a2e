import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import * as z from "zod";
import type { Delivery } from "../config/deliveries.ts";
import { ConflictError } from "../errors.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Row, Warehouse } from "../ports/warehouse.ts";
import { deliveriesTable } from "./ledger.ts";
import { doneStatuses, failedStatuses } from "./outcome.ts";
import type {
  Claim,
  DeliveredResource,
  LastAttempt,
  LedgerRow,
  Payloads,
  PendingRow,
  Position,
  Scope,
  ScopeCounts,
  Tally,
  Unmatched,
  VanishedRow,
} from "./payloads.ts";
import { changedAtOf, isCurrent, ledger, ofScope, payloadsOf } from "./payloads-sql.ts";

const statusSchema = z.enum([...doneStatuses, ...failedStatuses]);
const number = z.union([z.number(), z.bigint()]).transform(Number);

const lastSchema = z.object({
  status: statusSchema,
  run_id: z.string(),
  last_hash: z.string(),
  attempt: number,
  attempted_ms: number,
});

const pendingSchema = z.object({
  record_key: z.string(),
  payload: z.string(),
  payload_hash: z.string(),
  changed_at: z.string(),
  is_there: z.boolean(),
});

const claimSchema = z.object({ record_key: z.string(), changed_at: z.string(), natural_key: z.string() });
const vanishedSchema = z.object({ record_key: z.string(), natural_key: z.string().nullable() });
const naturalKeySchema = z.record(z.string(), z.string());
const countsSchema = z.object({ payloads: number, current_rows: number, vanished: number, delivered: number });
const tallySchema = z.object({
  resource: z.string(),
  status: statusSchema,
  records: number,
  reason: z.string().nullable(),
});

const unmatchedSchema = z.object({ resource: z.string(), reason: z.string(), records: number });

/** Behind every position: texts of times begin with a digit. */
const beforeAll: Position = { changedAt: "~", recordKey: "" };

/** Payloads and ledger in a warehouse. */
export class WarehousePayloads implements Payloads {
  readonly #warehouse: Warehouse;
  readonly #store: ObjectStore;
  readonly #delivery: Delivery;

  /** @param store takes the parts that are loaded into the ledger */
  constructor(warehouse: Warehouse, store: ObjectStore, delivery: Delivery) {
    this.#warehouse = warehouse;
    this.#store = store;
    this.#delivery = delivery;
  }

  async years({ table }: DeliveredResource): Promise<number[]> {
    const rows = await this.#warehouse.query(
      `select distinct school_year
from ${table}
where source_id = @source
union distinct
select distinct school_year
from ops.deliveries
where delivery = @delivery and target = @target
order by school_year`,
      { params: this.#params() },
    );
    return rows.map((row) => number.parse(row.school_year));
  }

  async counts(scope: Scope): Promise<ScopeCounts> {
    const [row] = await this.#query(
      scope,
      `select
    (select count(*) from payloads) as payloads,
    (select count(*) from payloads inner join settled on payloads.record_key = settled.record_key where ${isCurrent})
        as current_rows,
    (select count(*) from gone) as vanished,
    (select count(*) from sure where is_there) as delivered`,
    );
    const { payloads, current_rows: current, vanished, delivered } = countsSchema.parse(row);
    return { payloads, current, vanished, delivered };
  }

  async pending(scope: Scope, after: Position | undefined, limit: number): Promise<PendingRow[]> {
    const { changedAt, recordKey: key } = after ?? beforeAll;
    const rows = await this.#query(
      scope,
      `select
    payloads.record_key,
    payloads.payload,
    payloads.payload_hash,
    payloads.changed_at,
    coalesce(sure.is_there, false) as is_there,
    last_attempt.status,
    last_attempt.run_id,
    last_attempt.last_hash,
    last_attempt.attempt,
    last_attempt.attempted_ms
from payloads
left join settled on payloads.record_key = settled.record_key
left join sure on payloads.record_key = sure.record_key
left join last_attempt on payloads.record_key = last_attempt.record_key
where (payloads.changed_at < @changed_at or (payloads.changed_at = @changed_at and payloads.record_key > @after))
    and not coalesce(${isCurrent}, false)
order by payloads.changed_at desc, payloads.record_key
limit ${limit}`,
      { changed_at: changedAt, after: key },
    );
    return rows.map((row) => {
      const found = pendingSchema.parse(row);
      const { record_key: recordKey, payload, payload_hash: payloadHash, is_there: isThere } = found;
      return {
        recordKey,
        payload,
        payloadHash,
        changedAt: found.changed_at,
        isThere,
        last: lastOf(row),
      };
    });
  }

  async isUntried(scope: Scope): Promise<boolean> {
    const rows = await this.#warehouse.query(`select 1 as tried from ops.deliveries where ${ofScope} limit 1`, {
      params: this.#scopeParams(scope),
    });
    return rows.length === 0;
  }

  async claims(scope: Scope, naturalKeys: readonly string[]): Promise<Claim[]> {
    const rows = await this.#warehouse.query(
      `with named as (
    select record_key, natural_key
    from ops.deliveries
    where ${ofScope}
    qualify row_number() over (partition by record_key order by attempted_at desc, sequence desc) = 1
)

select named.natural_key, payloads.record_key, ${changedAtOf(scope)} as changed_at
from named
inner join ${scope.table} as payloads on payloads.record_key = named.record_key
where payloads.source_id = @source
    and payloads.school_year = @school_year
    and named.natural_key in unnest(json_value_array(@natural_keys))
order by named.natural_key, payloads.record_key`,
      { params: { ...this.#scopeParams(scope), natural_keys: JSON.stringify(naturalKeys) } },
    );
    return rows.map((row) => {
      const { record_key: recordKey, changed_at: changedAt, natural_key: naturalKey } = claimSchema.parse(row);
      return { recordKey, changedAt, naturalKey };
    });
  }

  async vanished(scope: Scope, after: string, limit: number): Promise<VanishedRow[]> {
    const rows = await this.#query(
      scope,
      `select
    gone.record_key,
    gone.natural_key,
    last_attempt.status,
    last_attempt.run_id,
    last_attempt.last_hash,
    last_attempt.attempt,
    last_attempt.attempted_ms
from gone
inner join last_attempt on gone.record_key = last_attempt.record_key
where gone.record_key > @after
order by gone.record_key
limit ${limit}`,
      { after },
    );
    return rows.flatMap((row) => {
      const { record_key: recordKey, natural_key: key } = vanishedSchema.parse(row);
      const last = lastOf(row);
      const naturalKey = key === null ? undefined : naturalKeySchema.parse(JSON.parse(key));
      return last ? [{ recordKey, naturalKey, last }] : [];
    });
  }

  async namespaces({ table, schoolYear }: Scope, limit: number): Promise<string[]> {
    const rows = await this.#warehouse.query(
      `select distinct json_value(payload, '$.namespace') as namespace
from ${table}
where source_id = @source and school_year = @school_year
order by namespace
limit ${limit}`,
      { params: { source: this.#delivery.from, school_year: schoolYear } },
    );
    return rows.flatMap((row) => (typeof row.namespace === "string" ? [row.namespace] : []));
  }

  async tally(runId: string): Promise<Tally[]> {
    const rows = await this.#warehouse.query(
      `with last_of_run as (
    select resource, status, reason
    from ops.deliveries
    where delivery = @delivery and target = @target and run_id = @run_id
    qualify row_number() over (
        partition by resource, school_year, record_key
        order by attempted_at desc, sequence desc
    ) = 1
)

select resource, status, count(*) as records, min(reason) as reason
from last_of_run
group by resource, status
order by resource, status`,
      { params: { ...this.#params(), run_id: runId } },
    );
    return rows.map((row) => {
      const { resource, status, records: count, reason } = tallySchema.parse(row);
      return { resource, status, count, reason };
    });
  }

  async unmatched(table: string): Promise<Unmatched[]> {
    const rows = await this.#warehouse.query(
      `select resource, reason, count(*) as records
from ${table}
where source_id = @source
group by resource, reason
order by resource, reason`,
      { params: { source: this.#delivery.from } },
    );
    return rows.map((row) => {
      const { resource, reason, records: count } = unmatchedSchema.parse(row);
      return { resource, reason, count };
    });
  }

  async record(name: string, rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    const { id, to, from } = this.#delivery;
    const text = rows
      .map((row) => `${JSON.stringify(lineOf(row, { delivery: id, target: to, source_id: from }))}\n`)
      .join("");
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
    const object = `deliveries/${id}/ledger/${name}-${hash}.ndjson.gz`;
    const packed = createGzip();
    Readable.from([text]).pipe(packed);
    try {
      await this.#store.writeStream(object, packed, "application/gzip");
    } catch (error) {
      // It is there from an attempt that died: equal name, equal content.
      if (!(error instanceof ConflictError)) throw error;
    }
    await this.#warehouse.load({
      jobId: `rollcall_deliver_${id}_${name}_${hash}`,
      dataset: deliveriesTable.dataset,
      table: deliveriesTable.table,
      fields: deliveriesTable.fields,
      uris: [`${this.#store.uri}/${object}`],
    });
    await this.#store.delete(object);
  }

  #params(): Record<string, string> {
    return { delivery: this.#delivery.id, target: this.#delivery.to, source: this.#delivery.from };
  }

  #scopeParams({ resource, schoolYear }: Scope): Record<string, string | number> {
    return { ...this.#params(), resource, school_year: schoolYear };
  }

  #query(scope: Scope, select: string, more: Readonly<Record<string, string>> = {}): Promise<Row[]> {
    return this.#warehouse.query(`with ${payloadsOf(scope)},\n\n${ledger}\n\n${select}`, {
      params: { ...this.#scopeParams(scope), ...more },
      labels: { job: "deliver", delivery: this.#delivery.id },
    });
  }
}

function lastOf(row: Row): LastAttempt | undefined {
  if (row.status === null) return undefined;
  const { status, run_id: runId, last_hash: payloadHash, attempt, attempted_ms } = lastSchema.parse(row);
  return { status, runId, payloadHash, attempt, at: new Date(attempted_ms) };
}

function lineOf(row: LedgerRow, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const [first] = row.problems ?? [];
  return {
    ...names,
    resource: row.resource,
    school_year: row.schoolYear,
    record_key: row.recordKey,
    run_id: row.runId,
    op: row.op,
    status: row.status,
    payload_hash: row.payloadHash,
    attempt: row.attempt,
    http_status: row.httpStatus ?? null,
    path: first?.path ?? null,
    reason: first?.reason ?? null,
    problems: row.problems ? JSON.stringify(row.problems) : null,
    natural_key: row.naturalKey ? JSON.stringify(row.naturalKey) : null,
    attempted_at: row.at,
    sequence: row.sequence,
  };
}
