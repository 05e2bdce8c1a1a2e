import { expect, test } from "@jest/globals";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { configuredModels } from "../../shared/refresh/configured.ts";

const models = catalogueOf(
  [
    ["ref/codes", "(select 1 as id)"],
    ["staging/stg_a", "current_a.students"],
    ["staging/stg_b", "current_b.students"],
    ["marts/dim_a", "staging.stg_a cross join ref.codes"],
    ["marts/wide_ab", "marts.dim_a cross join staging.stg_b"],
    ["marts/wide_runs", "ops.runs"],
  ].map(([path = "", from]) => ({
    path: `${path}.sql`,
    text: `/* model\ndescription: One.\nkey: [id]\ncolumns:\n  id: {type: INT64, description: Id.}\n*/\nselect 1 as id from ${from}\n`,
  })),
);

const names = (...used: string[]): string[] => configuredModels(models, new Set(used)).map(({ table }) => table);

test("a model in delivery/ is there when its pipeline is delivered, or one that is made from it", () => {
  const texts = [
    ["staging/stg_a", "current_a.students"],
    ["delivery/lms/lms__work", "staging.stg_a"],
    ["delivery/lms_x/lms_x__lost", "delivery.lms__work"],
    ["delivery/lms_y/lms_y__lost", "delivery.lms__work"],
    ["delivery/map/map__lost", "staging.stg_a"],
  ].map(([path = "", from]) => ({
    path: `${path}.sql`,
    text: `/* model\ndescription: One.\nkey: [id]\ncolumns:\n  id: {type: INT64, description: Id.}\n*/\nselect 1 as id from ${from}\n`,
  }));
  const delivered = (...pipelines: string[]): string[] =>
    configuredModels(catalogueOf(texts), new Set(["a"]), new Set(pipelines)).map(({ table }) => table);
  expect(delivered()).toEqual(["stg_a"]);
  expect(delivered("map")).toEqual(["map__lost", "stg_a"]);
  expect(delivered("lms_y")).toEqual(["lms__work", "lms_y__lost", "stg_a"]);
});

test("a model is left out that reads, itself or through others, a connector that no source uses", () => {
  expect(names("a")).toEqual(["dim_a", "wide_runs", "codes", "stg_a"]);
  expect(names("b")).toEqual(["wide_runs", "codes", "stg_b"]);
  expect(names("a", "b")).toHaveLength(6);
  expect(names()).toEqual(["wide_runs", "codes"]);
});

test("an input that a model can do without is empty where nothing is read for it", () => {
  const columns = "  id: {type: INT64}\n  names: {type: ARRAY<STRING>}\n  data: {type: JSON}\n  day: {type: DATE}";
  const model = (path: string, from: string, more = "") => ({
    path: `${path}.sql`,
    text: `/* model\ndescription: One.\nkey: [id]\n${more}columns:\n${columns}\ntests:\n  - not_null: [id]\n*/\nselect * from ${from}\n`,
  });
  const either = "optional: [staging.stg_a, staging.stg_b]\n";
  const union = "staging.stg_a union all select * from staging.stg_b";
  const files = [
    model("staging/stg_a", "current_a.students"),
    model("staging/stg_b", "current_b.students"),
    model("marts/fct_one", union, either),
    model("marts/wide_one", "marts.fct_one"),
  ];
  const deployed = (...used: string[]) => configuredModels(catalogueOf(files), new Set(used));
  expect(deployed().map(({ table }) => table)).toEqual([]);
  expect(deployed("a", "b")).toEqual(catalogueOf(files));
  const some = deployed("b");
  expect(some.map(({ table }) => table)).toEqual(["fct_one", "wide_one", "stg_a", "stg_b"]);
  const [empty] = some.filter(({ table }) => table === "stg_a");
  expect(empty).toMatchObject({ inputs: [], header: { tests: [{ volume: { min_share: 0 } }] } });
  expect(empty?.sql).toBe(`select
    cast(null as INT64) as id,
    cast([] as ARRAY<STRING>) as names,
    cast(null as JSON) as data,
    cast(null as DATE) as day
from unnest([1]) as nothing
where nothing = 0`);
  // Once it is read, it is built anew.
  expect(empty?.definition).not.toBe(deployed("a", "b").find(({ table }) => table === "stg_a")?.definition);
  expect(() => catalogueOf([model("marts/fct_two", "ref.codes", "optional: [staging.stg_a]\n")])).toThrow(
    /optional: staging.stg_a is not read/,
  );
});
