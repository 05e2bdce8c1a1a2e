import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PermanentError } from "../../shared/errors.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { TableDefinition, Warehouse } from "../../shared/ports/warehouse.ts";

/** A warehouse to hold the contract against, and a bucket that it may load from. */
export interface WarehouseUnderTest {
  readonly warehouse: Warehouse;
  readonly store: ObjectStore;
  /** A dataset of this test alone; it need not be there yet. */
  readonly dataset: string;
  close(): Promise<void>;
}

/** What Rollcall relies on in BigQuery. */
export function warehouseContract(open: () => Promise<WarehouseUnderTest>): void {
  let service: WarehouseUnderTest;
  let warehouse: Warehouse;
  let dataset = "";

  const table = (name: string): TableDefinition => ({
    dataset,
    table: name,
    fields: [
      { name: "id", type: "STRING", mode: "REQUIRED" },
      { name: "version", type: "INTEGER" },
      { name: "at", type: "TIMESTAMP" },
      { name: "data", type: "JSON" },
    ],
    partitionByDay: "at",
    clusterBy: ["id"],
  });

  /** Writes a part as extract does. @returns its address */
  async function part(name: string, ...rows: object[]): Promise<string> {
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    await service.store.writeStream(name, Readable.from([gzipSync(`${text}\n`)]), "application/gzip");
    return `${service.store.uri}/${name}`;
  }

  const row = (id: string, version: string) => ({ id, version, at: "2026-11-21T04:00:00Z", data: { n: 1 } });

  beforeAll(async () => {
    service = await open();
    warehouse = service.warehouse;
    dataset = service.dataset;
    await warehouse.ensureDataset(dataset);
    await warehouse.ensureDataset(dataset);
  }, 60_000);

  afterAll(() => service.close());

  describe("a warehouse", () => {
    test("makes a table once and lists it", async () => {
      await warehouse.ensureTable(table("made"));
      await warehouse.ensureTable(table("made"));
      expect(await warehouse.listTables(dataset)).toContain("made");
      expect(await warehouse.listTables(`${dataset}_none`)).toEqual([]);
    });

    test("loads parts once for a job id, whole numbers with all their digits", async () => {
      await warehouse.ensureTable(table("loaded"));
      const { fields } = table("loaded");
      const uris = [
        await part("loaded-0.ndjson.gz", row("a", "9007199254740993")),
        await part("loaded-1.ndjson.gz", row("b", "2")),
      ];
      const job = { jobId: `load_${dataset}`, dataset, table: "loaded", fields, uris };
      expect(await warehouse.load(job)).toEqual({ rows: 2 });
      expect(await warehouse.load(job)).toEqual({ rows: 2 });
      expect(
        await warehouse.query(`select id, version, int64(data.n) as n from ${dataset}.loaded order by id`),
      ).toEqual([
        { id: "a", version: 9007199254740993n, n: 1 },
        { id: "b", version: 2, n: 1 },
      ]);
    });

    test("loads all of a job or nothing", async () => {
      await warehouse.ensureTable(table("refused"));
      const { fields } = table("refused");
      const uris = [
        await part("refused-0.ndjson.gz", row("a", "1")),
        await part("refused-1.ndjson.gz", row("b", "no number")),
      ];
      const load = warehouse.load({ jobId: `refused_${dataset}`, dataset, table: "refused", fields, uris });
      await expect(load).rejects.toBeInstanceOf(PermanentError);
      expect(await warehouse.query(`select count(*) as n from ${dataset}.refused`)).toEqual([{ n: 0 }]);
    });

    test("runs a statement once for a job id, with parameters", async () => {
      await warehouse.ensureTable(table("written"));
      const insert = `insert into ${dataset}.written (id, version) select @id, @version`;
      const options = { jobId: `insert_${dataset}`, params: { id: "x", version: 7 } };
      await warehouse.query(insert, options);
      await warehouse.query(insert, options);
      expect(await warehouse.query(`select id, version from ${dataset}.written`)).toEqual([{ id: "x", version: 7 }]);
    });

    test("replaces a table by a clone of another, as a model is swapped", async () => {
      await warehouse.query(`create table ${dataset}.next as select 1 as n`);
      await warehouse.query(`create or replace table ${dataset}.model clone ${dataset}.next`);
      await warehouse.query(`create or replace table ${dataset}.model clone ${dataset}.next`);
      expect(await warehouse.query(`select n from ${dataset}.model`)).toEqual([{ n: 1 }]);
    });

    test("says the columns of a query without running it, and what is wrong with one", async () => {
      const { fields } = await warehouse.dryRun("select 1 as a, 'x' as b, date '2026-01-01' as c");
      expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual(["a INTEGER", "b STRING", "c DATE"]);
      await expect(warehouse.dryRun("select nothing")).rejects.toBeInstanceOf(PermanentError);
      await expect(warehouse.query(`select * from ${dataset}.nowhere`)).rejects.toBeInstanceOf(PermanentError);
    });
  });
}
