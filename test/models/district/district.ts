import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { madeUpResult, resultBid } from "../../../sandbox/nwea/results.ts";
import { grandBend } from "../../../sandbox/sandbox.ts";
import { readConnectors } from "../../../shared/config/connectors-folder.ts";
import { currentViewSelect } from "../../../shared/warehouse/current-view.ts";
import { rawTable } from "../../../shared/warehouse/tables.ts";
import { fixClock } from "../../googlesql/names.ts";
import { columnsOf, type Model, readModels, relationColumns } from "../harness/model.ts";
import { type CellRow, jsonText } from "../harness/value.ts";
import { openTestWarehouse, type TestWarehouse } from "../harness/warehouse.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const growthResults = "current_nwea.assessment_results";
const loadedAt = "2011-03-15 06:00:00";

/** The whole sample district in a warehouse of its own, with the models that were asked for. */
export interface District {
  readonly warehouse: TestWarehouse;
  readonly models: ReadonlyMap<string, Model>;
  /** Builds these models and all that they read, once each. @throws Error naming a relation that is not there */
  build(names: readonly string[]): Promise<void>;
}

/** One ODS: the records of Grand Bend, under a source and a school year. */
export interface Instance {
  readonly source: string;
  readonly year: number;
}

/** Which part of the sample a district has. */
export interface DistrictOptions {
  /** Several have the same records with the same ids, as an ODS and the copy made of it have. */
  readonly instances?: readonly Instance[];
  /** The students whose id ends so, and what names no student; all when left out. */
  readonly studentsEnding?: string;
  /** What comes in the place of a record, as texts of JSON. Without this the records are taken as they are. */
  readonly instead?: (record: string) => readonly string[];
}

const grandBendAlone: readonly Instance[] = [{ source: "grand-bend", year: 2011 }];

/**
 * Loads Grand Bend's records of 2010-11, and results of NWEA that the sandbox makes up for its students, as the current views would
 * have them.
 * @param asOf the day on which the models look
 */
export async function openDistrict(asOf: string, options: DistrictOptions = {}): Promise<District> {
  const models = modelsOn(asOf);
  const warehouse = await openTestWarehouse();
  const edfi = readConnectors(join(root, "connectors")).get("edfi");
  const files = sampleFiles();
  const there = new Set<string>();

  async function build(name: string): Promise<void> {
    if (there.has(name)) return;
    there.add(name);
    const model = models.get(name);
    if (model === undefined) return await bring(name);
    for (const input of model.inputs) await build(input);
    await warehouse.build(name, model.columns, model.sql);
  }

  /** A current view or the ledger; empty where the sample has nothing for it. */
  async function bring(name: string): Promise<void> {
    const columns = relationColumns(name, models);
    const found = files.get(name);
    if (found !== undefined && options.instead !== undefined) return await bringAltered(name, found, options.instead);
    if (found !== undefined) return await warehouse.load(name, columns, currentRows(found, options));
    await warehouse.fill(name, columns, name === growthResults ? madeUpGrowth() : []);
  }

  /** Altered records may have the key of another one, so they are folded as a log is. */
  async function bringAltered(
    name: string,
    found: readonly string[],
    instead: (record: string) => readonly string[],
  ): Promise<void> {
    const endpoint = name.split(".")[1] ?? "";
    const columns = relationColumns(name, models);
    await warehouse.fill("ops.runs", relationColumns("ops.runs", models), []);
    there.add("ops.runs");
    const rows = recordsOf(found, options).flatMap(([instance, record]) => rawRows(instance, instead(record)));
    await warehouse.fill(`raw_edfi.${endpoint}`, columnsOf(rawTable("edfi", endpoint)), rows);
    const { key = [], key_may_change: keyMayChange } = edfi?.endpoints[endpoint] ?? {};
    await warehouse.build(name, columns, currentViewSelect({ connector: "edfi", endpoint, key, keyMayChange }));
  }

  return {
    warehouse,
    models,
    async build(names) {
      for (const name of names) await build(name);
    },
  };
}

/** The models with "today" written into them. */
function modelsOn(day: string): Map<string, Model> {
  const models = readModels(join(root, "sql"));
  return new Map([...models].map(([name, model]) => [name, { ...model, sql: fixClock(model.sql, day) }]));
}

/** For each endpoint of Ed-Fi its files in the sample: what lies over the district's own has been made for it. */
function sampleFiles(): Map<string, readonly string[]> {
  const endpoints = readConnectors(join(root, "connectors")).get("edfi")?.endpoints ?? {};
  const found = new Map<string, readonly string[]>();
  for (const [name, { path }] of Object.entries(endpoints)) {
    const files = (grandBend[2011] ?? [])
      .map((folder) => join(folder, `${path.split("/").pop()}.jsonl.gz`))
      .filter((file) => existsSync(file));
    if (files.length > 0) found.set(`current_edfi.${name}`, files);
  }
  return found;
}

function currentRows(files: readonly string[], { instances = grandBendAlone, studentsEnding = "" }: DistrictOptions) {
  const list = files.map(quoted).join(", ");
  const places = instances.map(({ source, year }) => `(${quoted(source)}, ${year})`).join(", ");
  return `select source_id, school_year, json ->> '$.id' as record_id, row_number() over () as change_version,
    'sample' as run_id, timestamptz '${loadedAt}+00' as extracted_at, md5(json) as row_hash, json as data
    from read_ndjson_objects([${list}]), (values ${places}) as instance (source_id, school_year)
    where not contains(json, '"studentUniqueId":"') or contains(json, '${studentsEnding}"')
      and regexp_matches(json, '"studentUniqueId":"[^"]*${studentsEnding}"')`;
}

/** The records of the files, once for each instance, about the students who were asked for. */
function recordsOf(files: readonly string[], { instances = grandBendAlone, studentsEnding = "" }: DistrictOptions) {
  const lines = files.flatMap((file) => gunzipSync(readFileSync(file)).toString("utf8").split("\n").filter(Boolean));
  const named = lines.filter((line) => {
    const students = [...line.matchAll(/"studentUniqueId":"([^"]*)"/g)].map(([, id = ""]) => id);
    return students.length === 0 || students.some((id) => id.endsWith(studentsEnding));
  });
  return instances.flatMap((instance) => named.map((line): [Instance, string] => [instance, line]));
}

/** Each text as a record that one run saw. */
function rawRows({ source, year }: Instance, texts: readonly string[]): CellRow[] {
  return texts.map((text, place) => ({
    source_id: source,
    school_year: String(year),
    record_id: `${/"id":"([^"]*)"/.exec(text)?.[1] ?? text}${place === 0 ? "" : ` ${place}`}`,
    op: "upsert",
    change_version: "1",
    run_id: "sample",
    run_started_at: loadedAt,
    extracted_at: loadedAt,
    row_hash: text,
    data: text,
  }));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Of each student the made-up results of mathematics and reading, of fall and of spring. */
function madeUpGrowth(): CellRow[] {
  const turns = [0, 1, 8, 9];
  return turns.flatMap((turn) =>
    Array.from({ length: 960 }, (_, student): CellRow => {
      const result = madeUpResult(turn * 960 + student);
      const id = resultBid(result);
      return {
        source_id: "map",
        school_year: "0",
        record_id: id,
        run_id: "sample",
        extracted_at: loadedAt,
        row_hash: id,
        data: jsonText(result),
      };
    }),
  );
}
