import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BigQuery } from "@google-cloud/bigquery";
import { Storage } from "@google-cloud/storage";
import { describe, expect, test } from "@jest/globals";
import { PassThroughClient } from "google-auth-library";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulator/emulator.ts";
import { startChild } from "./child.ts";
import { bodyOf, openClient, projectId, startEndpoint, topicName } from "./pubsub/fixture.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function start(folder: string, options: Partial<EmulatorOptions> = {}) {
  const emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB", ...options });
  return { ...emulator, [Symbol.asyncDispose]: () => emulator.close() };
}

function clientsOf(emulator: Emulator) {
  const storage = new Storage({ projectId, apiEndpoint: emulator.storageUrl });
  const bigquery = new BigQuery({ projectId, apiEndpoint: emulator.bigqueryUrl, authClient: new PassThroughClient() });
  const pubsub = openClient(emulator.pubsubHost);
  return { storage, bigquery, pubsub, [Symbol.asyncDispose]: () => pubsub.close() };
}

describe("startEmulator", () => {
  test("carries an object from the bucket by a notification to an endpoint, and by a load job into a table", async () => {
    await using folder = await temporaryFolder();
    await using endpoint = await startEndpoint();
    await using emulator = await start(folder.path);
    await using clients = clientsOf(emulator);
    const { storage, bigquery, pubsub } = clients;
    await storage.createBucket("landing");
    const [topic] = await pubsub.createTopic("load");
    await topic.createSubscription("load", { pushConfig: { pushEndpoint: endpoint.url } });
    await storage.bucket("landing").createNotification(topicName("load"), { objectNamePrefix: "manifests/" });
    const rows = [{ id: 1 }, { id: 2 }, { id: 3 }].map((row) => JSON.stringify(row)).join("\n");
    await storage.bucket("landing").file("parts/a b/part-0.ndjson.gz").save(gzipSync(rows), { resumable: false });
    await storage.bucket("landing").file("manifests/m.json").save("{}", { resumable: false });
    await emulator.whenIdle();
    expect(emulator.outstanding()).toBe(0);
    expect(endpoint.received.map((received) => bodyOf(received).message.attributes?.objectId)).toEqual([
      "manifests/m.json",
    ]);

    await bigquery.createDataset("raw");
    const configuration = {
      load: {
        sourceUris: ["gs://landing/parts/*.ndjson.gz"],
        destinationTable: { projectId, datasetId: "raw", tableId: "numbers" },
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        schema: { fields: [{ name: "id", type: "INTEGER" }] },
      },
    };
    const [job] = await bigquery.createJob({ configuration });
    await job.promise();
    const [counted] = await bigquery.query("select sum(id) as total from raw.numbers");
    expect(counted).toEqual([{ total: 6 }]);
  });

  test("tells other terminals where it is, and removes that when it is closed", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "emulator.json");
    const emulator = await startEmulator({ folder: folder.path, projectId });
    const { storageUrl, pubsubHost, bigqueryUrl } = emulator;
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
      pid: process.pid,
      storageUrl,
      pubsubHost,
      bigqueryUrl,
      projectId,
    });
    expect(
      [storageUrl, bigqueryUrl, `http://${pubsubHost}`].every((url) => new URL(url).hostname === "127.0.0.1"),
    ).toBe(true);
    await emulator.close();
    await emulator.close();
    await expect(access(file)).rejects.toThrow();
    await expect(access(join(folder.path, "emulator.lock"))).rejects.toThrow();
  });

  test("refuses a folder that is open, and leaves the one that has it undisturbed", async () => {
    await using folder = await temporaryFolder();
    await using emulator = await start(folder.path);
    await expect(startEmulator({ folder: folder.path, projectId })).rejects.toThrow(
      `in use by the process ${process.pid}`,
    );
    expect((await fetch(`${emulator.storageUrl}/storage/v1/b`)).status).toBe(200);
  });

  test("a simulated full disk surfaces in the client", async () => {
    await using folder = await temporaryFolder();
    await using emulator = await start(folder.path, { quotaBytes: 1000 });
    const storage = new Storage({ projectId, apiEndpoint: emulator.storageUrl });
    await storage.createBucket("landing");
    const upload = storage.bucket("landing").file("f").save(Buffer.alloc(2000), { resumable: false });
    await expect(upload).rejects.toMatchObject({ code: 507 });
  });

  test("finds everything after a kill: objects, messages, notifications and tables", async () => {
    await using folder = await temporaryFolder();
    let isUp = false;
    await using endpoint = await startEndpoint(() => (isUp ? 200 : 500));
    const child = startChild("emulator-child.ts", folder.path, endpoint.url);
    await child.line(/^done/);
    await expect(startEmulator({ folder: folder.path, projectId })).rejects.toThrow("in use by the process");
    await child.kill();
    await using emulator = await start(folder.path, { holdPushesMs: 0 });
    await using clients = clientsOf(emulator);
    const [content] = await clients.storage.bucket("landing").file("manifests/m.json").download();
    expect(content.toString()).toBe("{}");
    const [rows] = await clients.bigquery.query("select id from raw.numbers order by id");
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(emulator.outstanding()).toBeGreaterThan(0);
    isUp = true;
    await emulator.whenIdle();
    const ids = endpoint.received.map((received) => bodyOf(received).message.attributes?.objectId);
    expect(new Set(ids)).toEqual(new Set(["manifests/m.json"]));
  });
});
