import { processVariables } from "../../shared/config/environment.ts";
import { openLocalSecrets } from "../../shared/config/local-secrets.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { dryRun, type Planned } from "../../shared/deliver/dry-run.ts";
import { ensureLedger } from "../../shared/deliver/ledger.ts";
import { openTarget } from "../../shared/deliver/target.ts";
import { WarehousePayloads } from "../../shared/deliver/warehouse-payloads.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import type { Connection } from "../deployment/connection.ts";
import { openHome, sqlFolder } from "./home.ts";
import type { Configuration } from "./targets.ts";

/** What the target says of its records is part of the plan; the rest of the log is not asked for. */
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** A person waits for it. */
const workMs = 30 * 60 * 1000;

/** Looks at a deployment's payloads and at the target, with the credentials that this machine has for it. Nothing is sent. */
export async function planDelivery(
  id: string,
  connection: Connection,
  { sources, connectors }: Configuration,
): Promise<Planned[]> {
  if (!(await connection.warehouse.listTables("ops")).includes("deliveries")) await ensureLedger(connection.warehouse);
  const session = {
    http: createHttpClient({ userAgent: "rollcall" }),
    secrets: openLocalSecrets(openHome().secretsFile, processVariables()),
    tokens: new TokenCache(),
    clock: systemClock,
    log: silent,
  };
  return dryRun(id, {
    sources,
    connectors,
    models: readCatalogue(sqlFolder()),
    control: connection.control,
    payloadsOf: (delivery) => new WarehousePayloads(connection.warehouse, connection.control, delivery),
    openTarget: (delivery, source, connector, year, resources, limits) =>
      openTarget(delivery, source, connector, year, resources, session, limits),
    deliverTopic: { publish: () => Promise.reject(new Error("a dry run publishes nothing")) },
    clock: systemClock,
    log: silent,
    workMs,
    leaseMs: workMs,
  });
}
