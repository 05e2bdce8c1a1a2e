import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type FormsSandbox, startForms } from "../../sandbox/forms/forms.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { connectors } from "../fakes/extract-world.ts";
import { openVerbs, type Verbs } from "./verbs.ts";
import "./patience.ts";

const connector = connectors.get("forms") as Connector;

let forms: FormsSandbox;
let verbs: Verbs;

beforeAll(async () => {
  forms = await startForms({ maxPageSize: 5 });
  const settings = `    addresses: { token: "${forms.url}", drive: "${forms.url}" }\n`;
  const secret = { client_email: forms.clientEmail, private_key: forms.privateKey };
  verbs = await openVerbs(connector, forms.url, secret, settings);
});

afterAll(async () => {
  await forms.close();
  await verbs.close();
});

test("forms and responses are brought, with the ids that Google has for them", async () => {
  for (const [endpoint, rows] of [
    ["files", 3],
    ["forms", 3],
    ["responses", 17],
  ] as const) {
    const brought = { endpoint, ...(await verbs.bring(endpoint)), rows: await verbs.countOf(endpoint) };
    expect(brought).toMatchObject({ endpoint, status: "succeeded", row_count: rows, rows });
  }
});

/** A model without rows: those of an Ed-Fi source, which is not read here. */
function emptyModel(model: Model): Model {
  const columns = model.header.columns.map(({ name, type }) => `cast(null as ${type}) as ${name}`);
  const header = { ...model.header, tests: [] };
  return { ...model, header, sql: `select ${columns.join(", ")} from unnest([1]) as n where n = 0`, inputs: [] };
}

test("P27 surveys are built and tested by a refresh; where nobody is known they are sent without a person", async () => {
  const sources = parseSources(
    `time_zone: America/Chicago
sources:
  - { id: s1, connector: forms, url: "${forms.url}", secret: s }
  - { id: district, connector: edfi, url: "http://127.0.0.1:1", secret: e, school_years: [2011] }
deliveries:
  - { id: surveys, pipeline: forms_surveys, from: s1, to: district, secret: w }
`,
    "sources.yaml",
    connectors,
  );
  const models = deployedModels(readCatalogue("sql"), sources);
  const own = models.filter(({ name }) => /forms|ref\.(deliveries|parameters)/.test(name));
  const read = new Set(own.flatMap(({ inputs }) => inputs));
  const edfi = models.filter(({ name }) => name.includes("stg_edfi__") && read.has(name)).map(emptyModel);
  await ensureWarehouse(verbs.warehouse, [], ["delivery"]);
  const { failed } = await verbs.refresh([...own, ...edfi]);
  expect(failed).toEqual([]);
  const counted = async (table: string) => {
    const [row] = await verbs.warehouse.query(`select count(*) as n from delivery.forms_surveys__${table}`);
    return Number(row?.n);
  };
  const tables = ["question_form_descriptors", "surveys", "survey_questions", "survey_responses", "unmatched"];
  const counts = await Promise.all(tables.map(counted));
  expect(counts).toEqual([2, 3, 13, 17, 13]);
});
