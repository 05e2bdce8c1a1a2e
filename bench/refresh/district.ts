import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip, gunzipSync } from "node:zlib";
import { grandBend } from "../../sandbox/sandbox.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { objectNames } from "../../shared/control/place.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { rawDataset, rawFields } from "../../shared/warehouse/tables.ts";

/** Students of the sample district, of which a larger one has copies. */
export const studentsPerCopy = 960;

const source = "bench";
const schoolYear = 2011;
const startedAt = "2026-01-05T03:00:00Z";
const loadedAt = "2026-01-05T04:00:00Z";
/** Copies in one object of the landing bucket. */
const copiesPerPart = 8;

/** The records of an endpoint in the sample; a calendar lies beside the ODS, which has none. */
function sample(path: string): string[] {
  const name = `${path.split("/").pop()}.jsonl.gz`;
  const files = (grandBend[schoolYear] ?? []).map((folder) => join(folder, name)).filter((file) => existsSync(file));
  const last = files.at(-1);
  return last === undefined ? [] : gunzipSync(readFileSync(last)).toString("utf8").split("\n").filter(Boolean);
}

/** A record in a copy of the district: its agency, schools and people have ids of their own, and so has the record. */
function inCopy(text: string, copy: number): string {
  if (copy === 0) return text;
  return text
    .replaceAll("255901", String(300_000 + copy))
    .replaceAll(/"(student|staff|contact|parent|person)(UniqueId|Id)":"([^"]+)"/g, `"$1$2":"$3-${copy}"`)
    .replace(/^\{"id":"[0-9a-f]{6}/, (start) => start.slice(0, -6) + copy.toString(16).padStart(6, "0"));
}

function* partLines(records: readonly string[], copies: readonly number[]): Generator<string> {
  for (const copy of copies) {
    for (const record of records) {
      const data = inCopy(record, copy);
      const [, id = ""] = /^\{"id":"([^"]+)"/.exec(data) ?? [];
      const row = { source_id: source, school_year: schoolYear, record_id: id, op: "upsert", change_version: 1 };
      const run = { run_id: "full", run_started_at: startedAt, extracted_at: startedAt, row_hash: id };
      yield `${JSON.stringify({ ...row, ...run }).slice(0, -1)},"data":${data}}\n`;
    }
  }
}

interface Place {
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly connector: Connector;
}

/**
 * Brings so many copies of the district into raw, with a ledger and watermarks as load leaves them.
 * @param read the `current_*` relations that are needed
 * @returns rows in raw
 */
export async function bringDistrict(copies: number, place: Place, read: ReadonlySet<string>): Promise<number> {
  const { landing, warehouse, connector } = place;
  let rows = 0;
  for (const [endpoint, { path }] of Object.entries(connector.endpoints)) {
    if (!read.has(`current_${connector.connector}.${endpoint}`)) continue;
    const records = sample(path);
    const uris: string[] = [];
    for (let from = 0; records.length > 0 && from < copies; from += copiesPerPart) {
      const some = Array.from({ length: Math.min(copiesPerPart, copies - from) }, (_, index) => from + index);
      const name = `bench/${endpoint}/${from}.ndjson.gz`;
      await landing.writeStream(
        name,
        Readable.from(partLines(records, some)).pipe(createGzip({ level: 1 })),
        "application/gzip",
      );
      uris.push(`${landing.uri}/${name}`);
    }
    const dataset = rawDataset(connector.connector);
    const job = { jobId: `bench-${endpoint}`, dataset, table: endpoint, fields: rawFields, uris };
    const loaded = uris.length > 0 ? await warehouse.load(job) : { rows: 0 };
    rows += loaded.rows;
    await settle(endpoint, loaded.rows, place);
  }
  return rows;
}

async function settle(endpoint: string, rows: number, place: Place): Promise<void> {
  const { connector } = place.connector;
  await place.warehouse.query(
    `insert into ops.runs (run_id, source_id, connector, endpoint, school_year, mode, status, row_count, delete_count, api_total_count, run_started_at, finished_at, loaded_at)
    values ('full', '${source}', '${connector}', '${endpoint}', ${schoolYear}, 'full', 'succeeded', ${rows}, 0, ${rows}, timestamp '${startedAt}', timestamp '${loadedAt}', timestamp '${loadedAt}')`,
  );
  await moveWatermark(endpoint, "full", rows, place);
}

async function moveWatermark(endpoint: string, fingerprint: string, rows: number, place: Place): Promise<void> {
  const name = objectNames.watermark({ source, endpoint, schoolYear });
  const watermark = {
    v: 1,
    source_id: source,
    connector: place.connector.connector,
    endpoint,
    school_year: schoolYear,
    change_version: "1",
    run_id: fingerprint,
    run_started_at: startedAt,
    mode: "full",
    loaded_at: loadedAt,
    full_run_id: "full",
    full_run_started_at: startedAt,
    row_count: rows,
    fingerprint,
  };
  const before = await place.control.stat(name);
  await place.control.write(name, JSON.stringify(watermark), before?.generation ?? "0");
}

/** What a delta run brings when one student has another first name. */
export async function changeOneStudent(place: Place): Promise<void> {
  const table = `${rawDataset(place.connector.connector)}.students`;
  await place.warehouse.query(
    `insert into ${table} (source_id, school_year, record_id, op, change_version, run_id, run_started_at, extracted_at, row_hash, data)
    select source_id, school_year, record_id, op, 2, 'delta', timestamp '2026-01-06 03:00:00+00', timestamp '2026-01-06 03:00:00+00', 'changed',
        parse_json(replace(to_json_string(data), '"firstName":"', '"firstName":"New '))
    from ${table}
    where true
    qualify row_number() over (order by record_id) = 1`,
  );
  await moveWatermark("students", "delta", studentsPerCopy, place);
}
