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
