import { expect, test } from "@jest/globals";
import { parseSources, type Sources } from "../../shared/config/sources.ts";
import { ownDelivery } from "../../shared/deliver/deliver.ts";
import { PermanentError } from "../../shared/errors.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { connectors } from "../fakes/extract-world.ts";
import { readModels } from "../models/harness/model.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";

const catalogue = readCatalogue("sql");

const sourcesOf = (deliveries: string): Sources =>
  parseSources(
    `time_zone: America/Chicago
sources:
  - { id: district, connector: edfi, url: "http://127.0.0.1/{school_year}", secret: a, school_years: [2025, 2026] }
  - { id: map, connector: nwea, url: "http://127.0.0.1", secret: b, time_zone: America/Denver }
  - { id: other, connector: edfi, url: "http://127.0.0.1", secret: c }
${deliveries}`,
    "sources.yaml",
    connectors,
  );
const deliveriesOf = (deliveries: string) => {
  const found = deployedModels(catalogue, sourcesOf(deliveries)).find(({ name }) => name === "ref.deliveries");
  if (!found) throw new Error("there is no ref.deliveries");
  return found;
};
const toDistrict = `deliveries:
  - { id: results, pipeline: nwea_edfi, from: map, to: district, secret: w }`;

test("what the sources file says of a delivery is a row of ref.deliveries", async () => {
  const { sql } = deliveriesOf(`${toDistrict}
  - { id: again, pipeline: nwea_edfi, from: map, to: other, secret: w, mapping: { data_standard: 3 } }
  - id: surveys
    pipeline: forms_surveys
    from: map
    to: other
    secret: w
    mapping: { data_standard: 6, namespace: "uri://district.example", student_id: student_id, target_student_id: local,
      into_school_year: 2011, summer_term: coming, min_match_rate: 0.25 }`);
  const columns = readModels("sql").get("ref.deliveries")?.columns ?? [];
  const warehouse = await openTestWarehouse();
  const rows = await warehouse.select(sql, columns).finally(() => warehouse.close());
  const common = { source_id: "map", sent_as: "map", time_zone: "America/Denver", result_ids: "told" };
  const unsaid = { namespace: null, student_id: null, target_student_id: null, into_school_year: null };
  expect(rows).toEqual([
    {
      ...{ ...common, ...unsaid, pipeline: "nwea_edfi", target_id: "district", target_school_years: ["2025", "2026"] },
      ...{ data_standard: "5", summer_term: "ended", min_match_rate: null },
    },
    {
      ...{ ...common, pipeline: "forms_surveys", target_id: "other", target_school_years: ["0"] },
      ...{ data_standard: "6", namespace: "uri://district.example", student_id: "student_id" },
      ...{ target_student_id: "local", into_school_year: "2011", summer_term: "coming", min_match_rate: "0.25" },
    },
  ]);
});

test("the rows of further sources are sent as those of the first, each by its own clocks", async () => {
  const { sql } = deliveriesOf(toDistrict.replace("to: district", "also_from: [other], to: district"));
  const columns = readModels("sql").get("ref.deliveries")?.columns ?? [];
  const warehouse = await openTestWarehouse();
  const rows = await warehouse.select(sql, columns).finally(() => warehouse.close());
  expect(
    rows.map(({ source_id, sent_as, target_id, time_zone }) => [source_id, sent_as, target_id, time_zone]),
  ).toEqual([
    ["map", "map", "district", "America/Denver"],
    ["other", "map", "district", "America/Chicago"],
  ]);
});

const toBoth = `${toDistrict}
  - { id: again, pipeline: nwea_edfi, from: map, to: other, secret: w }`;

test("a delivery whose payloads are made for another one's target is refused when it runs, and the other is not", () => {
  const sources = sourcesOf(toBoth);
  for (const models of [catalogue, deployedModels(catalogue, sources)]) {
    expect(ownDelivery("results", { sources, models }).to).toBe("district");
    expect(() => ownDelivery("again", { sources, models })).toThrow(PermanentError);
  }
});

test("a pipeline that does not ask for its target goes to any number of them", () => {
  const models = catalogue.map((model) =>
    model.dataset === "delivery"
      ? { ...model, inputs: model.inputs.filter((name) => name !== "ref.deliveries") }
      : model,
  );
  expect(ownDelivery("again", { sources: sourcesOf(toBoth), models }).to).toBe("other");
});

test("a delivery that changes makes its models stale, one that does not leaves them", () => {
  const changed = toDistrict.replace("secret: w", "secret: w, mapping: { data_standard: 6 }");
  expect(deliveriesOf(toDistrict).definition).toBe(deliveriesOf(toDistrict).definition);
  expect(deliveriesOf(changed).definition).not.toBe(deliveriesOf(toDistrict).definition);
});

test("without deliveries ref.deliveries is empty, and no pipeline is built", () => {
  const models = deployedModels(catalogue, sourcesOf(""));
  expect(models.find(({ name }) => name === "ref.deliveries")?.sql).toContain("where nothing = 0");
  expect(models.filter(({ dataset }) => dataset === "delivery")).toEqual([]);
  expect(deployedModels(catalogue, sourcesOf(toDistrict)).map(({ name }) => name)).toContain(
    "delivery.nwea_edfi__student_assessments",
  );
});

test("deliveries may be taken out of the sources file: the loss of their rows is no mistake", () => {
  expect(deliveriesOf(toDistrict).header.tests).toContainEqual({ volume: { min_share: 0, severity: "error" } });
});

test("a mapping that says what there is not is refused with its path", () => {
  const mapping = "mapping: { data_standard: 7, namespace: 'https://x', student: id }";
  expect(() => sourcesOf(toDistrict.replace("secret: w", `secret: w, ${mapping}`))).toThrow(/mapping/);
});
