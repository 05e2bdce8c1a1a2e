import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator } from "../../emulator/emulator.ts";
import { prepareEach } from "../../functions/prepare.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type ExtractSummary, extract } from "../../shared/extract/extract.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { type RefreshSummary, refresh } from "../../shared/refresh/refresh.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { keptLog, openVisit } from "../fakes/extract-world.ts";

/** What the ledger says of a run. */
export interface Brought {
  readonly mode: string;
  readonly status: string;
  readonly row_count: number;
  readonly api_total_count: number | null;
  readonly error: string | null;
}

/** The verbs over Google's own clients and the emulator, one after the other in this process, for one source `s1` without school years. */
export interface Verbs {
  readonly warehouse: Warehouse;
  readonly log: ReturnType<typeof keptLog>;
  /** Extracts an endpoint, without loading it. */
  read(endpoint: string): Promise<ExtractSummary>;
  /** Extracts an endpoint and loads what came. */
  bring(endpoint: string): Promise<Brought>;
  /** Live rows of an endpoint. */
  countOf(endpoint: string): Promise<number>;
  refresh(models: readonly Model[]): Promise<RefreshSummary>;
  close(): Promise<void>;
}

const projectId = "demo";

/** Opens them for an API. @param secret the source's secret */
export async function openVerbs(
  connector: Connector,
  url: string,
  secret: Readonly<Record<string, string>>,
  settings = "",
  clock: Clock = systemClock,
): Promise<Verbs> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-verbs-"));
  const emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
  const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
  await buckets.ensureBucket("landing");
  await buckets.ensureBucket("control");
  const [landing, control] = [buckets.bucket("landing"), buckets.bucket("control")];
  const warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
  await ensureWarehouse(warehouse, [], ["staging", "marts", "ref"]);
  const connectors = new Map([[connector.connector, connector]]);
  const text = `sources:\n  - id: s1\n    connector: ${connector.connector}\n    url: ${url}\n    secret: s\n${settings}`;
  const log = keptLog();
  const topic = { publish: async () => "1" };
  const ports = {
    sources: parseSources(text, "sources.yaml", connectors),
    connectors,
    landing,
    control,
    warehouse,
    extractTopic: topic,
    refreshTopic: topic,
    log,
    clock,
    gateOf: () => ({ enter: openVisit }),
    http: createHttpClient({ userAgent: "test" }),
    tokens: new TokenCache(),
    secrets: { read: async () => JSON.stringify(secret) },
    partBytes: 64 * 1024 * 1024,
    workMs: 540_000,
    leaseMs: 600_000,
    attemptsMax: 1,
  };
  const prepare = prepareEach(warehouse);
  let messages = 0;
  const read = (endpoint: string): Promise<ExtractSummary> => {
    messages += 1;
    const message = extractMessageSchema.parse({ source: "s1", endpoint, mode: "delta" });
    return extract(message, { messageId: String(messages), publishedAt: new Date() }, ports);
  };
  return {
    warehouse,
    log,
    read,
    bring: async (endpoint) => {
      const { runId = "" } = await read(endpoint);
      const place = { source: "s1", endpoint, schoolYear: 0 };
      await load({ name: objectNames.manifest(place, runId) }, { ...ports, prepare });
      const [row] = await warehouse.query(
        "select mode, status, row_count, api_total_count, error from ops.runs where run_id = @runId and endpoint = @endpoint",
        { params: { runId, endpoint } },
      );
      return row as unknown as Brought;
    },
    countOf: async (endpoint) => {
      const [row] = await warehouse.query(`select count(*) as n from current_${connector.connector}.${endpoint}`);
      return Number(row?.n);
    },
    refresh: (models) =>
      refresh({ reason: "test" }, { control, warehouse, models, clock: systemClock, log, timeZone: "UTC" }),
    close: async () => {
      await emulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}
