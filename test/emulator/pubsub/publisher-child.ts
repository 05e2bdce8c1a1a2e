import { startPubSub } from "../../../emulator/pubsub/server.ts";
import { openClient } from "./fixture.ts";

/** Serves Pub/Sub and publishes as fast as it can; says on its output what was acknowledged and delivered. Runs until it is killed. */
const [folder = "", endpoint = "", round = ""] = process.argv.slice(2);
const server = await startPubSub({ folder, projectId: "test-project" });
const client = openClient(server.host);
if (round === "0") {
  const [topic] = await client.createTopic("work");
  const retryPolicy = { minimumBackoff: { nanos: 50_000_000 }, maximumBackoff: { nanos: 100_000_000 } };
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint }, retryPolicy });
  await topic.createSubscription("work-pull");
}
const topic = client.topic("work", { batching: { maxMessages: 1 } });

async function publish(lane: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const text = `${round}-${lane}-${count}`;
    await topic.publishMessage({ data: Buffer.from(text) });
    console.log(`published ${text}`);
  }
}

console.log("ready");
await Promise.all([0, 1, 2, 3].map(publish));
