import { PermanentError } from "../../shared/errors.ts";
import type { MessageOrigin } from "../../shared/messages/extract.ts";
import type { Topic } from "../../shared/ports/topic.ts";
import { Process, type Surroundings } from "./process.ts";

/** After so long without an answer a delivery counts as failed, though the function may still be at work. */
const acknowledgeMs = 600_000;

/** Does the work of one message, in a process of its own. */
export type Subscriber = (message: unknown, origin: MessageOrigin, process: Process) => Promise<unknown>;

interface Message {
  readonly id: string;
  readonly publishedAt: Date;
  readonly body: string;
  isAcknowledged: boolean;
}

export interface DeadLetter {
  readonly topic: string;
  readonly reason: string;
}

/**
 * Topics with one subscription each. Messages come at least once: late, in any order, twice; and some that should have come do not come at
 * all. What fails is delivered again, as is what gives no answer in time.
 */
export class PubSub {
  readonly #around: Surroundings;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly deadLetters: DeadLetter[] = [];
  /** Errors that no verb may throw. */
  readonly broken: unknown[] = [];
  #messages = 0;
  #processes = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  subscribe(topic: string, subscriber: Subscriber): void {
    this.#subscribers.set(topic, subscriber);
  }

  /** The topic as a process publishes to it. */
  topicFor(topic: string, process: Process): Topic {
    return { publish: (message) => process.call(`publish to ${topic}`, () => this.publish(topic, message)) };
  }

  publish(topic: string, message: object): string {
    const { luck, weather, trace } = this.#around;
    this.#messages += 1;
    const id = `m${this.#messages}`;
    const body = JSON.stringify(message);
    const sent: Message = { id, publishedAt: new Date(this.#around.agenda.now), body, isAcknowledged: false };
    const { lostMessage, doubleMessage } = weather();
    const copies = luck.chance(lostMessage) ? 0 : luck.chance(doubleMessage) ? 2 : 1;
    trace(topic, `${id} published, ${copies} times: ${body}`);
    for (let copy = 0; copy < copies; copy += 1) this.#deliverIn(this.#delay(), topic, sent);
    return id;
  }

  #delay(): number {
    const { luck, weather } = this.#around;
    return luck.chance(weather().lateMessage) ? luck.skewed(10_000, 3_600_000) : luck.skewed(20, 2000);
  }

  #deliverIn(ms: number, topic: string, message: Message): void {
    this.#around.agenda.in(ms, () => this.#deliver(topic, message));
  }

  /** Delivers once more after a failure, unless another delivery succeeded meanwhile. */
  #again(ms: number, topic: string, message: Message): void {
    this.#around.agenda.in(ms, () => {
      if (!message.isAcknowledged) this.#deliver(topic, message);
    });
  }

  #deliver(topic: string, message: Message): void {
    const { agenda, luck, weather, trace } = this.#around;
    const subscriber = this.#subscribers.get(topic);
    if (!subscriber) throw new Error(`nobody listens to ${topic}`);
    this.#processes += 1;
    let isOpen = true;
    const end = (retryMs: number | undefined): void => {
      if (isOpen && retryMs !== undefined) this.#again(retryMs, topic, message);
      isOpen = false;
    };
    const backoffMs = (): number => luck.skewed(10_000, 600_000);
    // A process that is killed breaks its connection off at once, or nobody notices until the time is up.
    const process = new Process(`${topic}#${this.#processes}`, this.#around, () => {
      if (luck.chance(0.5)) end(backoffMs());
    });
    trace(process.name, `begins ${message.id}`);
    agenda.in(acknowledgeMs, () => end(0));

    const origin = { messageId: message.id, publishedAt: message.publishedAt };
    const succeed = (): void => {
      trace(process.name, "is done");
      message.isAcknowledged = true;
      if (luck.chance(weather().lostAcknowledgement)) this.#deliverIn(backoffMs(), topic, message);
      end(undefined);
    };
    const fail = (error: unknown): void => {
      trace(process.name, `fails: ${error instanceof Error ? error.message : "?"}`);
      if (error instanceof PermanentError) {
        this.deadLetters.push({ topic, reason: error.message });
        message.isAcknowledged = true;
        end(undefined);
        return;
      }
      if (!(error instanceof Error && "retryable" in error)) this.broken.push(error);
      end(backoffMs());
    };
    subscriber(JSON.parse(message.body), origin, process).then(succeed, fail);
  }
}
