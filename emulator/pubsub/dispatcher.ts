import { Agent } from "node:http";
import type { Broker } from "./broker.ts";
import type { Holder } from "./holder.ts";
import { push } from "./push.ts";
import type { Delivery } from "./queue.ts";

/** One delivery by push and how it went. */
export interface DeliveryReport {
  readonly subscription: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly acknowledged: boolean;
  readonly reason: string;
}

/** Delivers what push subscriptions hold, with no more than so many requests of a subscription under way at a time. */
export class Dispatcher {
  readonly #broker: Broker;
  readonly #outstandingMax: number;
  readonly #report: (report: DeliveryReport) => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  readonly #stop = new AbortController();
  readonly #underWay = new Map<Holder, number>();
  readonly #tasks = new Set<Promise<void>>();
  /** Subscriptions of an earlier life whose endpoint nobody has confirmed in this one. */
  readonly #held: Set<Holder>;
  readonly #holdTimer: NodeJS.Timeout | undefined;

  constructor(
    broker: Broker,
    options: { outstandingMax: number; holdMs: number; report: (report: DeliveryReport) => void },
  ) {
    this.#broker = broker;
    this.#outstandingMax = options.outstandingMax;
    this.#report = options.report;
    this.#held = new Set(options.holdMs > 0 ? broker.subscriptions.values() : []);
    const isForever = options.holdMs === Number.POSITIVE_INFINITY;
    this.#holdTimer =
      this.#held.size === 0 || isForever ? undefined : setTimeout(() => this.#releaseAll(), options.holdMs);
    broker.events.on("added", (holder) => this.#watch(holder));
    for (const holder of broker.subscriptions.values()) this.#watch(holder);
  }

  async close(): Promise<void> {
    clearTimeout(this.#holdTimer);
    this.#stop.abort();
    await Promise.all(this.#tasks);
    this.#agent.destroy();
  }

  #watch(holder: Holder): void {
    holder.on("ready", () => this.#pump(holder));
    holder.on("changed", () => {
      this.#held.delete(holder);
      holder.queue.reconsider();
      this.#pump(holder);
    });
    this.#pump(holder);
  }

  #releaseAll(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const holder of held) this.#pump(holder);
  }

  #pump(holder: Holder): void {
    if (this.#held.has(holder) || !holder.isPush || this.#stop.signal.aborted) return;
    const underWay = this.#underWay.get(holder) ?? 0;
    const count = Math.min(this.#limit(holder) - underWay, holder.queue.readyCount);
    if (count <= 0) return;
    this.#underWay.set(holder, underWay + count);
    const task = this.#deliver(holder, count).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** The push attribute `x-rollcall-max-outstanding` sets a subscription's own limit, as a function's instance limit would. */
  #limit({ record }: Holder): number {
    const own = Number(record.pushConfig?.attributes?.["x-rollcall-max-outstanding"]);
    return Number.isInteger(own) && own > 0 ? own : this.#outstandingMax;
  }

  async #deliver(holder: Holder, count: number): Promise<void> {
    // When the attempt cannot be written down (a full disk), the broker has put the messages back and they come again.
    const taken = await this.#broker.take(holder, count).catch((): Delivery[] => []);
    this.#finished(holder, count - taken.length);
    await Promise.all(
      taken.map(async (delivery) => {
        await this.#attempt(holder, delivery);
        this.#finished(holder, 1);
      }),
    );
  }

  #finished(holder: Holder, count: number): void {
    this.#underWay.set(holder, (this.#underWay.get(holder) ?? 0) - count);
    this.#pump(holder);
  }

  async #attempt(holder: Holder, delivery: Delivery): Promise<void> {
    const { attempt, message } = delivery;
    const { acknowledged, reason } = await push(holder.record, delivery, this.#agent, this.#stop.signal);
    if (this.#stop.signal.aborted || !holder.queue.deliveries.has(message.id)) return;
    this.#report({ subscription: holder.record.name, messageId: message.id, attempt, acknowledged, reason });
    // An acknowledgement that cannot be written down is none: the broker has put the message back.
    if (acknowledged) await this.#broker.acknowledge(holder, [delivery]).catch(() => undefined);
    else await this.#broker.reject(holder, delivery);
  }
}
