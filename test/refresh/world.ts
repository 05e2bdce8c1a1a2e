import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import type { Model } from "../../shared/refresh/model.ts";
import type { RefreshPorts } from "../../shared/refresh/refresh.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import { type FakeLog, fakeLog } from "../fakes/log.ts";
import { type FakeObjectStore, type FakeStoreOptions, fakeObjectStore } from "../fakes/object-store.ts";
import {
  type FakeRelation,
  type FakeWarehouse,
  type FakeWarehouseOptions,
  fakeWarehouse,
  rightContent,
} from "../fakes/warehouse.ts";

export interface ModelText {
  /** Path below sql/, without `.sql`. */
  readonly path: string;
  readonly sql: string;
  /** Further lines of the header. */
  readonly header?: string;
}

/** A model with one column. */
export function modelFile({ path, sql, header = "" }: ModelText): { path: string; text: string } {
  const lines = ["/* model", "description: A model.", "key: [id]", "columns:", "  id: {type: STRING}"];
  return { path: `${path}.sql`, text: [...lines, ...(header ? [header] : []), "*/", sql, ""].join("\n") };
}

/** students and schools, staged; a fact of both; a report of the fact; a code map. */
export const smallSchool: readonly ModelText[] = [
  { path: "ref/codes", sql: "select 'a' as id" },
  { path: "staging/edfi/stg_edfi__students", sql: "select record_id as id from current_edfi.students" },
  { path: "staging/edfi/stg_edfi__schools", sql: "select record_id as id from current_edfi.schools" },
  {
    path: "marts/core/fct_student_school",
    sql: "select s.id from staging.stg_edfi__students as s join staging.stg_edfi__schools as c on s.id = c.id join ref.codes on true",
  },
  { path: "marts/core/wide_student", sql: "select id from marts.fct_student_school" },
];

export interface World {
  readonly clock: FakeClock;
  readonly log: FakeLog;
  readonly control: FakeObjectStore;
  readonly warehouse: FakeWarehouse;
  readonly models: readonly Model[];
  readonly published: object[];
  /** Content of the endpoints. */
  readonly currents: Map<string, string>;
  /** The same bucket and tables under other SQL files. */
  redeploy(models: readonly ModelText[]): World;
  /** Loads new content of an endpoint: first the rows, then the watermark, as load does. */
  load(endpoint: string, content: string, source?: string): void;
  /** Marks an endpoint as on its way, for ten minutes. */
  announce(endpoint: string): void;
  arrive(endpoint: string): void;
  ports(more?: Partial<RefreshPorts>): RefreshPorts;
  /** Names of the models whose table is not what a rebuild from nothing would give. */
  wrong(): string[];
  /** Names of the models built since the last call, in order. */
  builds(): string[];
}

export interface WorldOptions {
  readonly models?: readonly ModelText[];
  readonly store?: FakeStoreOptions;
  readonly warehouse?: Pick<FakeWarehouseOptions, "before" | "after">;
  readonly earlier?: Pick<World, "clock" | "control" | "currents"> & { readonly relations: Map<string, FakeRelation> };
}

/** A control bucket, a warehouse and a few models, all in memory. */
export function createWorld(options: WorldOptions = {}): World {
  const { models: texts = smallSchool, store, warehouse: hooks, earlier } = options;
  const clock = earlier?.clock ?? fakeClock();
  const log = fakeLog();
  const control = earlier?.control ?? fakeObjectStore({ clock, ...store });
  const currents = earlier?.currents ?? new Map<string, string>();
  const models = catalogueOf(texts.map(modelFile));
  const byName = new Map(models.map((model) => [model.name, model]));
  const warehouse = fakeWarehouse({ models, currents, ...hooks, ...(earlier && { relations: earlier.relations }) });
  const published: object[] = [];
  let seen = 0;

  return {
    clock,
    log,
    control,
    warehouse,
    models,
    published,
    currents,
    redeploy: (next) =>
      createWorld({
        ...options,
        models: next,
        earlier: { clock, control, currents, relations: warehouse.relations },
      }),
    load(endpoint, content, source = "d1") {
      currents.set(`current_edfi.${endpoint}`, `${content} of ${source}`);
      control.put(`watermarks/${source}/${endpoint}/2026.json`, {
        v: 1,
        source_id: source,
        connector: "edfi",
        endpoint,
        school_year: 2026,
        change_version: "1",
        run_id: "r",
        run_started_at: clock.now().toISOString(),
        mode: "delta",
        loaded_at: clock.now().toISOString(),
        full_run_id: null,
        full_run_started_at: null,
        row_count: 1,
        fingerprint: content,
      });
    },
    announce(endpoint) {
      control.put(`in-flight/d1/${endpoint}/2026.json`, {
        v: 1,
        connector: "edfi",
        since: clock.now().toISOString(),
        expires_at: new Date(clock.now().getTime() + 600_000).toISOString(),
      });
    },
    arrive(endpoint) {
      void control.delete(`in-flight/d1/${endpoint}/2026.json`);
    },
    ports: (more = {}) => ({
      control,
      warehouse,
      models,
      clock,
      log,
      timeZone: "America/Chicago",
      deliver: {
        publish: async (message) => {
          published.push(message);
          return String(published.length);
        },
      },
      ...more,
    }),
    wrong: () =>
      models
        .filter(({ name }) => {
          const right = rightContent(byName.get(name) as Model, byName, currents);
          return warehouse.relations.get(name)?.content !== right;
        })
        .map(({ name }) => name),
    builds() {
      const statements = warehouse.statements.slice(seen);
      seen = warehouse.statements.length;
      return statements.flatMap((sql) => {
        const [, name] = /^create or replace (?:table|view) (\S+?)(?:__next_[0-9a-f]{8})? \(/.exec(sql) ?? [];
        return name ?? [];
      });
    },
  };
}
