import { cpSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { functionNames } from "../../cli/local/functions.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { environmentNames, readEnvironment } from "../../shared/config/environment.ts";
import { endpointsOf, readSources } from "../../shared/config/sources.ts";
import { extractMessageSchema, roundOf } from "../../shared/messages/extract.ts";
import { reconcileMessageSchema } from "../../shared/messages/refresh.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { currentDataset, rawDataset } from "../../shared/warehouse/tables.ts";
import { allowedRoles } from "./roles.ts";
import {
  openTerraform,
  type Planned,
  type Terraform,
  type TestRun,
  terraformVersion,
  testRunsIn,
} from "./terraform.ts";

const isThere = terraformVersion !== undefined;
const describeWithTerraform = isThere ? describe : describe.skip;
const skipped = isThere ? "" : " (skipped: there is no Terraform 1.11 on this machine)";

const connectors = readConnectors("connectors");
const sources = readSources("test/terraform/deployment/sources.yaml", connectors);

const serviceSchema = z.object({
  environment_variables: z.record(z.string(), z.string()),
  max_instance_count: z.number(),
  available_memory: z.string(),
});
const targetSchema = z.tuple([z.object({ data: z.base64() })]);

describeWithTerraform(`what Terraform itself says of terraform/${skipped}`, () => {
  let terraform: Terraform;
  let runs: TestRun[] = [];

  beforeAll(async () => {
    terraform = await openTerraform();
    await terraform.run("terraform", "init", "-backend=false");
    const { text } = await terraform.run("terraform", "test", "-json", "-verbose");
    runs = testRunsIn(text);
  });

  afterAll(() => terraform.close());

  const resourcesOf = (run: string): readonly Planned[] => runs.find(({ name }) => name === run)?.resources ?? [];
  const plannedOf = (type: string, name?: string): Planned[] =>
    resourcesOf("a_district").filter((one) => one.type === type && (name === undefined || one.name === name));

  test("it is formatted as `terraform fmt` does", async () => {
    expect(await terraform.run("terraform", "fmt", "-check", "-recursive", "-diff")).toEqual({ code: 0, text: "" });
  });

  test("`terraform validate` finds nothing wrong", async () => {
    expect(await terraform.run("terraform", "validate", "-no-color")).toEqual({
      code: 0,
      text: expect.stringContaining("The configuration is valid"),
    });
  });

  test("and it does find what is planted: an unknown argument, a missing one, a wrong type", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-planted-"));
    for (const file of globSync("terraform/*.tf")) cpSync(file, join(folder, file.replace("terraform/", "")));
    writeFileSync(
      join(folder, "planted.tf"),
      'resource "google_pubsub_topic" "planted" {\n  nme    = "a"\n  labels = "b"\n}\n',
    );
    const { code, text } = await terraform.run(folder, "validate", "-no-color");
    rmSync(folder, { recursive: true });
    expect(code).toBe(1);
    for (const problem of ["Unsupported argument", 'The argument "name" is required', "map of string required"]) {
      expect(text.replaceAll(/\s+/g, " ")).toContain(problem);
    }
  });

  test("every run of `terraform test` passes", () => {
    expect(runs.map(({ name }) => name)).toEqual(["a_district", "all_that_is_optional", "what_must_not_be"]);
    expect(runs.filter(({ status }) => status !== "pass").map(({ name, status }) => `${name}: ${status}`)).toEqual([]);
  });

  test("the schedules publish messages that extract takes, one for each source, endpoint and mode", () => {
    const jobs = plannedOf("google_cloud_scheduler_job", "extract");
    const messages = jobs.map(({ values }) => {
      const [{ data }] = targetSchema.parse(values.pubsub_target);
      return extractMessageSchema.parse(JSON.parse(Buffer.from(data, "base64").toString("utf8")));
    });
    const expected = sources.sources.flatMap((source) => {
      const connector = connectors.get(source.connector);
      const endpoints = connector ? endpointsOf(source, connector) : [];
      return endpoints.flatMap((endpoint) =>
        ["delta", "full"].map((mode) => `${source.id} ${endpoint} ${mode} schedule`),
      );
    });
    const published = messages.map(({ source, endpoint, mode, trigger }) => `${source} ${endpoint} ${mode} ${trigger}`);
    expect(published.sort()).toEqual(expected.sort());
    expect(expected).toHaveLength(12);
  });

  test("the schedules are in the sources' time zone, deltas on weekdays, full runs at the weekend, and never where clocks change", () => {
    for (const { index = "", values } of plannedOf("google_cloud_scheduler_job", "extract")) {
      const [minute, hour, day, month, weekdays] = String(values.schedule).split(" ");
      expect(values.time_zone).toBe(sources.time_zone);
      expect([day, month, weekdays]).toEqual(["*", "*", index.endsWith("-full") ? "6" : "1-5"]);
      expect(Number(minute)).toBeLessThan(60);
      expect(Number(hour)).toBeGreaterThanOrEqual(4);
    }
  });

  test("the endpoints of a source are one round, and each source has a round of its own", () => {
    const rounds = new Map<string, Set<string>>();
    for (const { index = "", values } of plannedOf("google_cloud_scheduler_job", "extract")) {
      const [{ data }] = targetSchema.parse(values.pubsub_target);
      const message = extractMessageSchema.parse(JSON.parse(Buffer.from(data, "base64").toString("utf8")));
      const [minute, hour] = String(values.schedule).split(" ").map(Number);
      const publishedAt = new Date(Date.UTC(2026, 10, 21, hour, minute));
      const key = `${message.source} ${index.split("-").at(-1)}`;
      const round = roundOf(message, { messageId: "1", publishedAt }).toISOString();
      rounds.set(key, (rounds.get(key) ?? new Set()).add(round));
    }
    expect([...rounds.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1, 1]);
    const deltas = [...rounds].flatMap(([key, round]) => (key.endsWith(" delta") ? [...round] : []));
    expect(new Set(deltas).size).toBe(3);
  });

  test("the schedule of the reconciler publishes what it takes", () => {
    const [job] = plannedOf("google_cloud_scheduler_job", "reconcile");
    const [{ data }] = targetSchema.parse(job?.values.pubsub_target);
    expect(reconcileMessageSchema.parse(JSON.parse(Buffer.from(data, "base64").toString("utf8"))).reason).toBe(
      "schedule",
    );
  });

  test("every function of the code is deployed, with an environment that it understands", () => {
    const functions = plannedOf("google_cloudfunctions2_function");
    expect(functions.map(({ index }) => index).sort()).toEqual([...functionNames].sort());
    const buckets = plannedOf("google_storage_bucket").map(({ values }) => values.name);
    const topics = plannedOf("google_pubsub_topic").map(({ values }) => values.name);
    for (const run of ["a_district", "all_that_is_optional"]) {
      for (const { values } of resourcesOf(run).filter(({ type }) => type === "google_cloudfunctions2_function")) {
        const [service] = z.tuple([serviceSchema]).parse(values.service_config);
        const environment = readEnvironment(service.environment_variables);
        const unread = Object.keys(service.environment_variables).filter((name) => !environmentNames.includes(name));
        expect(["LOG_EXECUTION_ID", "NODE_OPTIONS"]).toEqual(expect.arrayContaining(unread));
        expect(buckets).toEqual(expect.arrayContaining([environment.landingBucket, environment.controlBucket]));
        expect(topics).toEqual(expect.arrayContaining(Object.values(environment.topics)));
      }
    }
  });

  test("extract keeps V8's young generation small", () => {
    const settings = plannedOf("google_cloudfunctions2_function").map(({ index, values }) => {
      const [service] = z.tuple([serviceSchema]).parse(values.service_config);
      return [index, service.environment_variables.NODE_OPTIONS];
    });
    expect(settings).toContainEqual(["extract", "--max-semi-space-size=4"]);
  });

  test("a subscription is named as its function and its topic, which replay relies on", () => {
    const subscriptions = plannedOf("google_pubsub_subscription", "function");
    expect(subscriptions.map(({ values }) => values.name).sort()).toEqual([...functionNames].sort());
    const names = plannedOf("google_pubsub_topic", "function").map(({ values }) => values.name);
    expect(names.sort()).toEqual([...functionNames].sort());
  });

  test("the datasets are those that the code uses", () => {
    const currents = new Set(
      [...connectors.values()].flatMap(({ connector, endpoints }) =>
        Object.keys(endpoints).map((endpoint) => `${currentDataset(connector)}.${endpoint}`),
      ),
    );
    const used = new Set([
      "ops",
      ...[...connectors.keys()].flatMap((connector) => [rawDataset(connector), currentDataset(connector)]),
      ...readCatalogue("sql", currents).map(({ dataset }) => dataset),
    ]);
    expect(
      plannedOf("google_bigquery_dataset")
        .map(({ values }) => values.dataset_id)
        .sort(),
    ).toEqual([...used].sort());
  });

  test("grants roles of the list, and to each function no more than its row says", () => {
    const all = ["a_district", "all_that_is_optional"].flatMap(resourcesOf);
    const grants = all.filter(({ type }) => type.endsWith("_iam_member"));
    // Roles of our own have made-up names here; roles.tf lists what is in them.
    const roles = grants.map(({ values }) => String(values.role)).filter((role) => role.startsWith("roles/"));
    expect([...new Set(roles)].filter((role) => !(role in allowedRoles))).toEqual([]);
    const given = (type: string, name: string): string[] => plannedOf(type, name).map(({ index }) => index ?? "");
    expect(given("google_secret_manager_secret_iam_member", "reads")).toEqual([
      "extract-east-district",
      "extract-edfi-host",
    ]);
    expect(given("google_storage_bucket_iam_member", "landing")).toEqual([
      "extract-writer-0",
      "load-reader-0",
      "load-reader-1",
      "reconcile-lister-0",
    ]);
    expect(given("google_project_iam_member", "runs_jobs")).toEqual(["deliver", "load", "reconcile", "refresh"]);
    // It drops days of raw that no current view needs; views and models are not its own.
    const swept = given("google_bigquery_dataset_iam_member", "edits").filter((index) => index.startsWith("reconcile"));
    expect(swept.filter((index) => !index.startsWith("reconcile-raw_"))).toEqual(["reconcile-ops"]);
    expect(given("google_pubsub_topic_iam_member", "publishes")).toEqual([
      "deliver-deliver",
      "extract-extract",
      "load-refresh",
      "reconcile-deliver",
      "reconcile-extract",
      "reconcile-load",
      "reconcile-refresh",
      "refresh-deliver",
      "refresh-refresh",
    ]);
  });
});
