import { EventEmitter } from "node:events";
import { type Filter, parseFilter } from "./filter.ts";
import { Queue } from "./queue.ts";
import type { Subscription } from "./records.ts";

/** A subscription and what it holds. Emits "ready" when a message can be delivered, "changed" and "gone". */
export class Holder extends EventEmitter<{ ready: []; changed: []; gone: [] }> {
  record: Subscription;
  readonly queue: Queue;
  readonly filter: Filter;

  constructor(record: Subscription) {
    super();
    this.setMaxListeners(0);
    this.record = record;
    this.filter = parseFilter(record.filter ?? "");
    this.queue = new Queue({
      isOrdered: record.enableMessageOrdering === true,
      isOneAtATime: () => this.isPush,
      onReady: () => this.emit("ready"),
    });
  }

  get isPush(): boolean {
    return Boolean(this.record.pushConfig?.pushEndpoint);
  }
}
