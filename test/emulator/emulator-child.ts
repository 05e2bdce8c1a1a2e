import { BigQuery } from "@google-cloud/bigquery";
import { Storage } from "@google-cloud/storage";
import { PassThroughClient } from "google-auth-library";
import { startEmulator } from "../../emulator/emulator.ts";
import { openClient, projectId, topicName } from "./pubsub/fixture.ts";

/** Starts an emulator, leaves something in each of its parts, says so, and waits to be killed. */
const [folder = "", endpoint = ""] = process.argv.slice(2);
const emulator = await startEmulator({ folder, projectId });
const storage = new Storage({ projectId, apiEndpoint: emulator.storageUrl });
const pubsub = openClient(emulator.pubsubHost);
const bigquery = new BigQuery({ projectId, apiEndpoint: emulator.bigqueryUrl, authClient: new PassThroughClient() });
await storage.createBucket("landing");
const [topic] = await pubsub.createTopic("load");
const retryPolicy = { minimumBackoff: { nanos: 200_000_000 }, maximumBackoff: { nanos: 200_000_000 } };
await topic.createSubscription("load", { pushConfig: { pushEndpoint: endpoint }, retryPolicy });
await storage.bucket("landing").createNotification(topicName("load"));
await bigquery.createDataset("raw");
await bigquery.query("create table raw.numbers as select 1 as id union all select 2 as id");
await storage.bucket("landing").file("manifests/m.json").save("{}", { resumable: false });
console.log("done");
