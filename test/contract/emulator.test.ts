import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { pubsubContract } from "./pubsub.ts";
import { startSecretServer } from "./secret-server.ts";
import { secretsContract } from "./secrets.ts";
import { warehouseContract } from "./warehouse.ts";

const projectId = "contract-project";
const folder = mkdtempSync(join(tmpdir(), "rollcall-contract-"));
const nothing = async () => undefined;

/** The contract of Cloud Storage is held against the emulator in test/google/storage.test.ts. */
describe("the emulator of this project", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ folder, projectId });
  });
  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  secretsContract(startSecretServer);
  pubsubContract(async () => ({ projectId, host: emulator.pubsubHost, close: nothing }));
  warehouseContract(async () => {
    const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
    await buckets.ensureBucket("contract");
    const endpoint = emulator.bigqueryUrl;
    return {
      warehouse: openWarehouse({ projectId, location: "US", endpoint, clock: systemClock }),
      store: buckets.bucket("contract"),
      dataset: "contract",
      close: nothing,
    };
  });
});
