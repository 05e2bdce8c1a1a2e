import { expect, test } from "@jest/globals";
import { bodyOf, pubsubFixture, startEndpoint, subscriptionName, topicName, until } from "./fixture.ts";

const quick = { minimumBackoff: { nanos: 10_000_000 }, maximumBackoff: { nanos: 20_000_000 } };
const deadLetterPolicy = { deadLetterTopic: topicName("dead-letter"), maxDeliveryAttempts: 5 };

test("a message that fails five times goes to the dead letter topic with its story, and only it", async () => {
  await using endpoint = await startEndpoint((received) => (bodyOf(received).message.attributes?.bad ? 500 : 200));
  await using fixture = await pubsubFixture();
  const { client, subscriber, server } = fixture;
  const [topic] = await client.createTopic("work");
  const [deadLetters] = await client.createTopic("dead-letter");
  await deadLetters.createSubscription("dead-letter");
  await topic.createSubscription("work-push", {
    pushConfig: { pushEndpoint: endpoint.url },
    retryPolicy: quick,
    deadLetterPolicy,
  });
  await topic.publishMessage({ data: Buffer.from("good"), attributes: { a: "b" } });
  const badId = await topic.publishMessage({ data: Buffer.from("bad"), attributes: { bad: "yes" } });
  await server.whenIdle();
  const attempts = endpoint.received.filter((received) => bodyOf(received).message.messageId === badId);
  expect(attempts.map((received) => bodyOf(received).deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
  const pull = { subscription: subscriptionName("dead-letter"), maxMessages: 10, returnImmediately: true };
  const [{ receivedMessages }] = await subscriber.pull(pull);
  expect(receivedMessages).toHaveLength(1);
  const message = receivedMessages?.[0]?.message;
  expect(Buffer.from(message?.data ?? "").toString()).toBe("bad");
  expect(message?.messageId).not.toBe(badId);
  expect(message?.attributes).toEqual({
    bad: "yes",
    CloudPubSubDeadLetterSourceDeliveryCount: "5",
    CloudPubSubDeadLetterSourceSubscription: "work-push",
    CloudPubSubDeadLetterSourceSubscriptionProject: "test-project",
    CloudPubSubDeadLetterSourceTopicPublishTime: attempts[0] && bodyOf(attempts[0]).message.publishTime,
  });
});

test("dead letters are looked at without being taken", async () => {
  await using fixture = await pubsubFixture();
  const [deadLetters] = await fixture.client.createTopic("dead-letter");
  await deadLetters.createSubscription("dead-letter");
  await deadLetters.publishMessage({ data: Buffer.from("why") });
  const subscription = subscriptionName("dead-letter");
  for (let look = 0; look < 3; look += 1) {
    const [{ receivedMessages }] = await fixture.subscriber.pull({
      subscription,
      maxMessages: 10,
      returnImmediately: true,
    });
    expect(receivedMessages?.map(({ message }) => Buffer.from(message?.data ?? "").toString())).toEqual(["why"]);
    const ackIds = receivedMessages?.map(({ ackId }) => ackId ?? "") ?? [];
    await fixture.subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
  }
});

test("a puller that gives a message back five times sends it there too", async () => {
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  const [deadLetters] = await fixture.client.createTopic("dead-letter");
  await deadLetters.createSubscription("dead-letter");
  await topic.createSubscription("work-pull", { deadLetterPolicy });
  await topic.publishMessage({ data: Buffer.from("x") });
  const subscription = subscriptionName("work-pull");
  const attempts: unknown[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const [{ receivedMessages }] = await fixture.subscriber.pull({ subscription, maxMessages: 1 });
    attempts.push(receivedMessages?.[0]?.deliveryAttempt);
    const ackIds = [receivedMessages?.[0]?.ackId ?? ""];
    await fixture.subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
  }
  expect(attempts).toEqual([1, 2, 3, 4, 5]);
  const [{ receivedMessages }] = await fixture.subscriber.pull({
    subscription: subscriptionName("dead-letter"),
    maxMessages: 1,
  });
  expect(receivedMessages?.[0]?.message?.attributes).toMatchObject({ CloudPubSubDeadLetterSourceDeliveryCount: "5" });
});

test("without its dead letter topic a message keeps coming", async () => {
  await using endpoint = await startEndpoint((_, count) => (count < 8 ? 500 : 200));
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  const [deadLetters] = await fixture.client.createTopic("dead-letter");
  await topic.createSubscription("work-push", {
    pushConfig: { pushEndpoint: endpoint.url },
    retryPolicy: quick,
    deadLetterPolicy,
  });
  await deadLetters.delete();
  await topic.publishMessage({ data: Buffer.from("x") });
  await until(() => endpoint.received.length === 8 && fixture.server.outstanding() === 0);
});
