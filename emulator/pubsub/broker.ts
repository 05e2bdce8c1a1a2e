import { EventEmitter } from "node:events";
import { Journal } from "../journal.ts";
import { alreadyExists, notFound } from "./errors.ts";
import { Holder } from "./holder.ts";
import type { Delivery } from "./queue.ts";
import {
  type Entry,
  entrySchema,
  type Held,
  type Message,
  milliseconds,
  type Subscription,
  type Topic,
  writable,
} from "./records.ts";
import { backoffMs, deadLetterOf } from "./redelivery.ts";
import { checkMessages, type PublishedMessage } from "./validation.ts";

const deletedTopic = "_deleted-topic_";
/** When a fact could not be written down (a full disk), what it was about is tried again after this. */
const unwrittenDelayMs = 1000;
const retentionDefaultMs = 7 * 24 * 3_600_000;

/**
 * Topics, subscriptions and every message that is not acknowledged: in memory, and in a journal that outlives the process. A message exists
 * when its topic's journal has it, so a publisher that got an answer can forget it.
 */
export class Broker {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Holder>();
  /** "added": a subscription came to be. "settled": one holds fewer messages than before. */
  readonly events = new EventEmitter<{ added: [Holder]; settled: [] }>();
  #lastId = 0;
  #journal: Journal<Entry> | undefined;

  private constructor() {
    this.events.setMaxListeners(0);
  }

  static async open(file: string, compactAboveBytes?: number): Promise<Broker> {
    const broker = new Broker();
    broker.#journal = await Journal.open<Entry>({
      file,
      parse: (value) => entrySchema.parse(value),
      write: writable,
      replay: (entry) => broker.#apply(entry),
      snapshot: () => broker.#snapshot(),
      ...(compactAboveBytes === undefined ? {} : { compactAboveBytes }),
    });
    return broker;
  }

  async close(): Promise<void> {
    for (const { queue } of this.subscriptions.values()) queue.close();
    await this.#journal?.close();
  }

  /** @throws PubSubError NOT_FOUND */
  topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw notFound(name);
    return topic;
  }

  /** @throws PubSubError NOT_FOUND */
  subscription(name: string): Holder {
    const holder = this.subscriptions.get(name);
    if (holder === undefined) throw notFound(name);
    return holder;
  }

  /** @throws PubSubError ALREADY_EXISTS */
  async createTopic(topic: Topic): Promise<void> {
    if (this.topics.has(topic.name)) throw alreadyExists(topic.name);
    await this.#record({ op: "topic", topic });
  }

  async updateTopic(topic: Topic): Promise<void> {
    this.topic(topic.name);
    await this.#record({ op: "topic", topic });
  }

  /** Its subscriptions stay, with what they hold. @throws PubSubError NOT_FOUND */
  async deleteTopic(name: string): Promise<void> {
    this.topic(name);
    await this.#record({ op: "topic-gone", name });
  }

  /** @throws PubSubError ALREADY_EXISTS; NOT_FOUND when one of its topics does not exist */
  async createSubscription(subscription: Subscription): Promise<void> {
    if (this.subscriptions.has(subscription.name)) throw alreadyExists(subscription.name);
    this.topic(subscription.topic);
    if (subscription.deadLetterPolicy) this.topic(subscription.deadLetterPolicy.deadLetterTopic);
    await this.#record({ op: "subscription", subscription });
  }

  async updateSubscription(subscription: Subscription): Promise<void> {
    this.subscription(subscription.name);
    if (subscription.deadLetterPolicy) this.topic(subscription.deadLetterPolicy.deadLetterTopic);
    await this.#record({ op: "subscription", subscription });
  }

  async deleteSubscription(name: string): Promise<void> {
    this.subscription(name);
    await this.#record({ op: "subscription-gone", name });
  }

  /** @returns the messages' ids, once the messages are durable. @throws PubSubError NOT_FOUND, INVALID_ARGUMENT */
  async publish(topic: string, messages: readonly PublishedMessage[]): Promise<string[]> {
    this.topic(topic);
    checkMessages(messages);
    const held = messages.map((message) => this.#address(topic, message));
    const wanted = held.filter(({ holders }) => Object.keys(holders).length > 0);
    if (wanted.length > 0) await this.#record({ op: "publish", messages: wanted });
    return held.map(({ message }) => message.id);
  }

  /**
   * Takes ready messages for delivery. The attempt is written down first, so that a message which takes the process with it is still
   * counted. Messages past the subscription's retention are dropped.
   */
  async take(holder: Holder, countMax: number): Promise<Delivery[]> {
    const retentionMs = milliseconds(holder.record.messageRetentionDuration, retentionDefaultMs);
    const taken = holder.queue.take(countMax);
    const expired = taken.filter(({ message }) => message.publishedAt + retentionMs < Date.now());
    const live = taken.filter((delivery) => !expired.includes(delivery));
    try {
      if (expired.length > 0) await this.acknowledge(holder, expired);
      if (live.length > 0) {
        await this.#record(
          { op: "attempt", subscription: holder.record.name, ids: live.map(({ message }) => message.id) },
          false,
        );
      }
    } catch (error) {
      for (const delivery of taken) holder.queue.defer(delivery, unwrittenDelayMs);
      throw error;
    }
    return live.filter(({ message }) => holder.queue.deliveries.has(message.id));
  }

  async acknowledge(holder: Holder, deliveries: readonly Delivery[]): Promise<void> {
    const ids = deliveries.map(({ message }) => message.id);
    for (const delivery of deliveries) delivery.state = "settling";
    try {
      await this.#record({ op: "ack", subscription: holder.record.name, ids }, false);
    } catch (error) {
      for (const delivery of deliveries) holder.queue.defer(delivery, unwrittenDelayMs);
      throw error;
    }
  }

  /** The delivery failed: it comes again after the backoff, or goes to the dead letter topic after its last attempt. */
  async reject(holder: Holder, delivery: Delivery): Promise<void> {
    const policy = holder.record.deadLetterPolicy;
    if (policy && delivery.attempt >= policy.maxDeliveryAttempts && this.topics.has(policy.deadLetterTopic)) {
      delivery.state = "settling";
      await this.#forward(holder, delivery, policy.deadLetterTopic);
    } else holder.queue.defer(delivery, backoffMs(holder, delivery.attempt));
  }

  async #forward(holder: Holder, delivery: Delivery, topic: string): Promise<void> {
    const held = this.#address(topic, deadLetterOf(holder.record, delivery));
    const messages = Object.keys(held.holders).length > 0 ? [held] : [];
    try {
      await this.#record({ op: "forward", subscription: holder.record.name, id: delivery.message.id, messages });
    } catch {
      // It could not be written down (a full disk, say), so it has not happened: the message stays here and is tried again.
      holder.queue.defer(delivery, backoffMs(holder, delivery.attempt));
    }
  }

  /** Gives a message its id and finds the subscriptions that want it. */
  #address(topic: string, { data, attributes, orderingKey }: PublishedMessage): Held {
    this.#lastId = Math.max(this.#lastId + 1, Date.now() * 1000);
    const message: Message = { id: String(this.#lastId), data, attributes, orderingKey, publishedAt: Date.now() };
    const wanting = [...this.subscriptions.values()].filter(
      ({ record, filter }) => record.topic === topic && filter(attributes),
    );
    return { message, holders: Object.fromEntries(wanting.map(({ record }) => [record.name, 0])) };
  }

  #record(entry: Entry, durable = true): Promise<void> {
    if (this.#journal === undefined) throw new Error("The broker is not open.");
    return this.#journal.append(entry, (applied) => this.#apply(applied), durable);
  }

  #apply(entry: Entry): void {
    switch (entry.op) {
      case "topic":
        this.topics.set(entry.topic.name, entry.topic);
        return;
      case "topic-gone":
        this.topics.delete(entry.name);
        for (const { record } of this.subscriptions.values())
          if (record.topic === entry.name) record.topic = deletedTopic;
        return;
      case "subscription":
        this.#applySubscription(entry.subscription);
        return;
      case "subscription-gone":
        this.#applySubscriptionGone(entry.name);
        return;
      case "publish":
        this.#applyMessages(entry.messages);
        return;
      case "attempt":
        this.#applyAttempt(entry.subscription, entry.ids);
        return;
      case "ack":
        this.#applyAck(entry.subscription, entry.ids);
        return;
      case "forward":
        this.#applyMessages(entry.messages);
        this.#applyAck(entry.subscription, [entry.id]);
        return;
      case "last-id":
        this.#lastId = Math.max(this.#lastId, entry.id);
        return;
    }
  }

  #applySubscription(subscription: Subscription): void {
    const holder = this.subscriptions.get(subscription.name);
    if (holder !== undefined) {
      holder.record = subscription;
      holder.emit("changed");
      this.events.emit("settled");
      return;
    }
    const added = new Holder(subscription);
    this.subscriptions.set(subscription.name, added);
    this.events.emit("added", added);
  }

  #applySubscriptionGone(name: string): void {
    const holder = this.subscriptions.get(name);
    this.subscriptions.delete(name);
    holder?.queue.close();
    holder?.emit("gone");
    this.events.emit("settled");
  }

  #applyMessages(messages: readonly Held[]): void {
    for (const { message, holders } of messages) {
      this.#lastId = Math.max(this.#lastId, Number(message.id));
      for (const [name, attempt] of Object.entries(holders)) this.subscriptions.get(name)?.queue.add(message, attempt);
    }
  }

  #applyAttempt(name: string, ids: readonly string[]): void {
    const deliveries = this.subscriptions.get(name)?.queue.deliveries;
    for (const id of ids) {
      const delivery = deliveries?.get(id);
      if (delivery !== undefined) delivery.attempt += 1;
    }
  }

  #applyAck(name: string, ids: readonly string[]): void {
    const queue = this.subscriptions.get(name)?.queue;
    for (const id of ids) queue?.remove(id);
    this.events.emit("settled");
  }

  *#snapshot(): Generator<Entry> {
    yield { op: "last-id", id: this.#lastId };
    for (const topic of this.topics.values()) yield { op: "topic", topic };
    for (const { record } of this.subscriptions.values()) yield { op: "subscription", subscription: record };
    for (const held of this.#heldMessages()) yield { op: "publish", messages: [held] };
  }

  /** Every message once, in the order of publishing, with who holds it. */
  #heldMessages(): Held[] {
    const held = new Map<string, { message: Message; holders: Record<string, number> }>();
    for (const { record, queue } of this.subscriptions.values()) {
      for (const { message, attempt } of queue.deliveries.values()) {
        const known = held.get(message.id) ?? { message, holders: {} };
        known.holders[record.name] = attempt;
        held.set(message.id, known);
      }
    }
    return [...held.values()].sort((a, b) => Number(a.message.id) - Number(b.message.id));
  }
}
