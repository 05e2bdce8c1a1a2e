import { createHash } from "node:crypto";
import type { Catalog, DatasetEntry, Described } from "../store/catalog.ts";
import type { Database } from "../store/database.ts";
import { BigQueryError, conditionNotMet, duplicate, invalid, notFound, required } from "../wire/errors.ts";
import { countOf, isTrue, startOf } from "../wire/query-string.ts";

/** What a client may say about a dataset; the emulator keeps it and gives it back. */
const writable = [
  "friendlyName",
  "description",
  "labels",
  "access",
  "defaultTableExpirationMs",
  "defaultPartitionExpirationMs",
  "defaultCollation",
  "defaultRoundingMode",
  "maxTimeTravelHours",
  "storageBillingModel",
];

/** DuckDB keeps its own catalogue under these names. */
const reserved = new Set(["information_schema", "pg_catalog"]);

/** The `datasets` collection of the API. */
export class Datasets {
  readonly #database: Database;
  readonly #catalog: Catalog;

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  async insert(body: Readonly<Record<string, unknown>>): Promise<unknown> {
    const dataset = idOf(body);
    checkId(dataset);
    await this.#database.write(async (connection) => {
      const others = await this.#catalog.datasets(connection);
      if (others.some((other) => other.dataset === dataset))
        throw duplicate(`Dataset ${this.#catalog.project}:${dataset}`);
      if (others.some((other) => other.dataset.toLowerCase() === dataset.toLowerCase())) {
        throw invalid(`Not supported by the local emulator: datasets whose names differ only in case (${dataset})`);
      }
      await this.#catalog.createDataset(connection, dataset, pick(body));
    });
    return await this.get(dataset);
  }

  async get(dataset: string): Promise<Record<string, unknown>> {
    return await this.#database.look(async (connection) =>
      this.#resource(await this.#catalog.dataset(connection, dataset)),
    );
  }

  async list(query: URLSearchParams): Promise<unknown> {
    const all = await this.#database.look((connection) => this.#catalog.datasets(connection));
    const start = startOf(query);
    const end = start + (countOf(query, "maxResults") ?? 1000);
    const datasets = all.slice(start, end).map((entry) => {
      const { kind, id, datasetReference, labels, friendlyName, location } = this.#resource(entry);
      return { kind, id, datasetReference, labels, friendlyName, location };
    });
    return {
      kind: "bigquery#datasetList",
      etag: etagOf(datasets),
      datasets,
      ...(end < all.length ? { nextPageToken: String(end) } : {}),
    };
  }

  /** Changes what is said about a dataset: some of it (patch), or all (update). */
  async change(
    dataset: string,
    body: Readonly<Record<string, unknown>>,
    how: { replace: boolean; ifMatch: string | undefined },
  ): Promise<unknown> {
    await this.#database.write(async (connection) => {
      const entry = await this.#catalog.dataset(connection, dataset);
      if (how.ifMatch !== undefined && how.ifMatch !== this.#resource(entry).etag) throw conditionNotMet();
      const described = how.replace ? pick(body) : patched(entry.described, pick(body));
      await this.#catalog.putDataset(connection, dataset, described);
    });
    return await this.get(dataset);
  }

  async remove(dataset: string, query: URLSearchParams): Promise<void> {
    await this.#database.write(async (connection) => {
      const [entry] = await this.#catalog.datasets(connection, dataset);
      if (entry === undefined) throw notFound(`Dataset ${this.#catalog.project}:${dataset}`);
      const tables = await this.#catalog.tables(connection, dataset);
      if (tables.length > 0 && !isTrue(query.get("deleteContents"))) {
        throw new BigQueryError(400, "resourceInUse", `Dataset ${this.#catalog.project}:${dataset} is still in use`);
      }
      await this.#catalog.dropDataset(connection, dataset);
    });
  }

  #resource(entry: DatasetEntry): Record<string, unknown> {
    const { project, location } = this.#catalog;
    const resource = {
      kind: "bigquery#dataset",
      id: `${project}:${entry.dataset}`,
      datasetReference: { projectId: project, datasetId: entry.dataset },
      ...entry.described,
      location,
      type: "DEFAULT",
      creationTime: String(entry.createdMs),
      lastModifiedTime: String(entry.modifiedMs),
    };
    return { ...resource, etag: etagOf(resource) };
  }
}

function idOf(body: Readonly<Record<string, unknown>>): string {
  const reference = body.datasetReference;
  const id =
    typeof reference === "object" && reference !== null && "datasetId" in reference ? reference.datasetId : undefined;
  if (typeof id !== "string" || id === "") throw required("datasetReference.datasetId");
  return id;
}

/** @throws BigQueryError (invalid) */
export function checkId(dataset: string): void {
  if (!/^[A-Za-z0-9_]{1,1024}$/.test(dataset)) {
    throw invalid(
      `Invalid dataset ID "${dataset}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  }
  if (reserved.has(dataset.toLowerCase()))
    throw invalid(`Not supported by the local emulator: a dataset named ${dataset}`);
}

function pick(body: Readonly<Record<string, unknown>>): Described {
  return Object.fromEntries(writable.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
}

/**
 * Lays a patch over what is kept: null takes a key away, in labels too, where the keys that are not named stay.
 */
export function patched(kept: Described, patch: Described): Described {
  const merged: Record<string, unknown> = { ...kept, ...patch };
  if (isObject(kept.labels) && isObject(patch.labels)) merged.labels = { ...kept.labels, ...patch.labels };
  if (isObject(merged.labels)) merged.labels = withoutNulls(merged.labels);
  return withoutNulls(merged);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutNulls(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** A tag that changes with the resource. */
export function etagOf(resource: unknown): string {
  return createHash("sha256").update(JSON.stringify(resource)).digest("base64url").slice(0, 22);
}
