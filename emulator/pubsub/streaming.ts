import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import { notFound, PubSubError, toPubSubError } from "./errors.ts";
import type { Holder } from "./holder.ts";
import type { Leases, ReceivedMessage } from "./leases.ts";

export interface StreamingPullRequest {
  readonly subscription: string;
  readonly ackIds: string[];
  readonly modifyDeadlineSeconds: number[];
  readonly modifyDeadlineAckIds: string[];
  readonly streamAckDeadlineSeconds: number;
  readonly maxOutstandingMessages: string;
}

type Call = ServerDuplexStream<StreamingPullRequest, unknown>;

const messagesPerResponseMax = 100;
const outstandingDefault = 1000;

/** Serves one streaming pull: the first request opens it, later ones settle messages; messages flow while the caller's limit allows. */
export function serveStreamingPull(call: Call, leases: Leases, find: (subscription: string) => Holder): void {
  let stream: Stream | undefined;
  const fail = (error: unknown) => {
    stream?.stop();
    call.emit("error", toPubSubError(error));
  };
  call.on("data", (request: StreamingPullRequest) => {
    try {
      stream ??= new Stream(call, leases, find(request.subscription), request, fail);
    } catch (error) {
      fail(error);
      return;
    }
    stream.settle(request).catch(fail);
  });
  call.on("cancelled", () => stream?.stop());
  call.on("end", () => {
    stream?.stop();
    call.end();
  });
}

class Stream {
  readonly #call: Call;
  readonly #leases: Leases;
  readonly #holder: Holder;
  readonly #fail: (error: unknown) => void;
  readonly #outstandingMax: number;
  readonly #lent = new Set<symbol>();
  #seconds: number;
  #isPumping = false;
  #isStopped = false;

  constructor(
    call: Call,
    leases: Leases,
    holder: Holder,
    request: StreamingPullRequest,
    fail: (error: unknown) => void,
  ) {
    const seconds = request.streamAckDeadlineSeconds;
    if (seconds < 10 || seconds > 600) {
      throw new PubSubError(status.INVALID_ARGUMENT, "streamAckDeadlineSeconds must be between 10 and 600.");
    }
    this.#call = call;
    this.#leases = leases;
    this.#holder = holder;
    this.#fail = fail;
    this.#seconds = seconds;
    const asked = Number(request.maxOutstandingMessages);
    this.#outstandingMax = asked > 0 ? asked : outstandingDefault;
    holder.on("ready", this.#pump).on("gone", this.#onGone);
    this.#pump();
  }

  /** Does what a request on the open stream asks for. */
  async settle(request: StreamingPullRequest): Promise<void> {
    if (request.streamAckDeadlineSeconds >= 10) this.#seconds = request.streamAckDeadlineSeconds;
    if (request.ackIds.length > 0) await this.#leases.acknowledge(this.#holder, request.ackIds);
    for (const [index, ackId] of request.modifyDeadlineAckIds.entries()) {
      await this.#leases.modify(this.#holder, [ackId], request.modifyDeadlineSeconds[index] ?? 0);
    }
  }

  /** Sends no more. What is lent stays lent until its deadline, as the caller may still acknowledge it. */
  stop(): void {
    this.#isStopped = true;
    this.#holder.off("ready", this.#pump).off("gone", this.#onGone);
  }

  readonly #onGone = () => this.#fail(notFound(this.#holder.record.name));

  readonly #pump = () => {
    if (this.#isPumping || this.#isStopped) return;
    this.#isPumping = true;
    this.#send()
      .catch(this.#fail)
      .finally(() => {
        this.#isPumping = false;
        // Something may have become ready after the last look.
        if (this.#mayLend() && this.#holder.queue.readyCount > 0) setImmediate(this.#pump);
      });
  };

  #mayLend(): boolean {
    return !this.#isStopped && this.#lent.size < this.#outstandingMax;
  }

  async #send(): Promise<void> {
    while (this.#mayLend() && this.#holder.queue.readyCount > 0) {
      const count = Math.min(messagesPerResponseMax, this.#outstandingMax - this.#lent.size);
      const receivedMessages = await this.#lend(count);
      if (receivedMessages.length === 0) continue;
      const { enableExactlyOnceDelivery, enableMessageOrdering } = this.#holder.record;
      const subscriptionProperties = {
        exactlyOnceDeliveryEnabled: enableExactlyOnceDelivery === true,
        messageOrderingEnabled: enableMessageOrdering === true,
      };
      const hasRoom = this.#call.write({ receivedMessages, subscriptionProperties });
      if (!hasRoom) await new Promise<void>((resolve) => this.#call.once("drain", resolve).once("close", resolve));
    }
  }

  #lend(count: number): Promise<ReceivedMessage[]> {
    return this.#leases.lend(this.#holder, count, this.#seconds, () => {
      const mark = Symbol();
      this.#lent.add(mark);
      return () => {
        this.#lent.delete(mark);
        this.#pump();
      };
    });
  }
}
