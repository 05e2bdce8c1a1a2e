import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator } from "../../emulator/emulator.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { objectNames, type Place } from "../../shared/control/place.ts";
import { extract } from "../../shared/extract/extract.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { type RefreshRequest, type RefreshSummary, refresh } from "../../shared/refresh/refresh.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { connectors, keptLog, openVisit } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";
import { type Resource, resources, years } from "./districts.ts";

const projectId = "demo";

/** The verbs over Google's own clients and an emulator, for districts that have the names of their sandboxes. */
export interface Deployment {
  /** Extracts an endpoint. @returns its manifest */
  read(place: Place, mode: "full" | "delta"): Promise<string>;
  load(manifest: string): Promise<void>;
  refresh(models: readonly Model[], request?: Partial<RefreshRequest>): Promise<RefreshSummary>;
  /** The rows of a model as text, sorted. */
  rows(model: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The endpoints of some resources, of every district and year. */
export function placesOf(districts: Iterable<string>, names: readonly Resource[]): Place[] {
  return [...districts].flatMap((source) =>
    years.flatMap((schoolYear) => names.map((name) => ({ source, endpoint: resources[name], schoolYear }))),
  );
}

/** Opens one with nothing in it. */
export async function openDeployment(
  districts: ReadonlyMap<string, Sandbox>,
  models: readonly Model[],
): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-incremental-"));
  const emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
  const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
  await buckets.ensureBucket("landing");
  const landing = buckets.bucket("landing");
  const control = fakeObjectStore();
  const warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
  const connector = connectors.get("edfi");
  if (!connector) throw new Error("there is no connector edfi");
  const read = new Set(models.flatMap(({ inputs }) => inputs));
  const relations = Object.keys(connector.endpoints)
    .filter((endpoint) => read.has(`current_edfi.${endpoint}`) || Object.values<string>(resources).includes(endpoint))
    .map((endpoint) => ({ connector, endpoint }));
  await ensureWarehouse(warehouse, relations, new Set(models.map(({ dataset }) => dataset)));
  const texts = [...districts].map(
    ([id, { url }]) =>
      `  - { id: ${id}, connector: edfi, url: "${url}/{school_year}", secret: ${id}, school_years: [${years.join(", ")}] }`,
  );
  const log = keptLog();
  const topic = { publish: async () => "1" };
  const ports = {
    sources: parseSources(`sources:\n${texts.join("\n")}\n`, "sources.yaml", connectors),
    connectors,
    landing,
    control,
    warehouse,
    extractTopic: topic,
    refreshTopic: topic,
    log,
    clock: systemClock,
    gateOf: () => ({ enter: openVisit }),
    http: createHttpClient({ userAgent: "test" }),
    tokens: new TokenCache(),
    secrets: {
      read: async (name: string) => {
        const { key, secret } = districts.get(name) ?? {};
        return JSON.stringify({ key, secret });
      },
    },
    partBytes: 64 * 1024 * 1024,
    workMs: 60_000,
    leaseMs: 600_000,
    attemptsMax: 1,
  };
  let messages = 0;
  const rows = async (model: string): Promise<string[]> =>
    (await warehouse.query(`select * from ${model}`)).map((row) => JSON.stringify(row)).sort();
  return {
    read: async (place, mode) => {
      messages += 1;
      const { source, endpoint, schoolYear } = place;
      const asked = { source, endpoint, school_year: schoolYear, mode, accept_shrink: true };
      const from = { messageId: String(messages), publishedAt: new Date() };
      const { runId, status } = await extract(extractMessageSchema.parse(asked), from, ports);
      if (runId === undefined) throw new Error(`${source}/${endpoint}/${schoolYear}: ${status}`);
      return objectNames.manifest(place, runId);
    },
    load: async (name) => {
      const { status } = await load({ name }, ports);
      if (status !== "succeeded") throw new Error(`${name}: ${status}`);
    },
    refresh: (deployed, request = {}) =>
      refresh(
        { reason: "test", ...request },
        { control, warehouse, models: deployed, clock: systemClock, log, timeZone: "UTC" },
      ),
    rows,
    close: async () => {
      await emulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}
