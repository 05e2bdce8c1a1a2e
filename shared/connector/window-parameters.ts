import type { Changes, UpdatedSince } from "../config/connector.ts";
import type { Collection } from "./record-url.ts";

/**
 * What a run covers, both ends included; undefined where there is no bound. Change versions, or milliseconds since the epoch, as text:
 * they are int64.
 */
export interface Window {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** How an endpoint tells what changed: its own way, else its connector's. */
export function changesOf({ endpoint, connector }: Pick<Collection, "endpoint" | "connector">): Changes {
  return endpoint.changes ?? connector.changes;
}

/** The time on the clocks of a zone, as `2026-09-01T08:30:00`. When clocks go back an hour comes twice: the overlap covers it. */
function localTime(moment: Date, timeZone: string): string {
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return format.format(moment).replace(" ", "T");
}

/** A moment as an API wants it to be told. */
export function momentText(epochMs: number, format: UpdatedSince["format"], timeZone: string): string {
  const moment = new Date(epochMs);
  switch (format) {
    case "utc":
      return moment.toISOString();
    case "local":
      return localTime(moment, timeZone);
    case "date":
      return localTime(moment, timeZone).slice(0, 10);
    case "epoch_seconds":
      return String(Math.floor(epochMs / 1000));
    case "epoch_milliseconds":
      return String(epochMs);
  }
}

/** What a request says of its window; of several ways to ask for it the first. */
export function windowParameters(collection: Collection, window: Window): Record<string, string> {
  return waysToAsk(collection, window)[0] ?? {};
}

/** What the requests for a window say: an API that tells of what changed in several ways has to be asked in each. */
export function waysToAsk(collection: Collection, window: Window): readonly Record<string, string>[] {
  const changes = changesOf(collection);
  switch (changes.type) {
    case "none":
      return [{}];
    case "updated_since": {
      if (window.from === undefined) return [{}];
      const moment = momentText(Number(window.from), changes.format, collection.source.time_zone ?? "UTC");
      return changes.parameter.map((name) => ({ [name]: moment }));
    }
    case "change_versions":
      return [
        {
          ...(window.from === undefined ? {} : { [changes.from_parameter]: window.from }),
          ...(window.to === undefined ? {} : { [changes.to_parameter]: window.to }),
        },
      ];
  }
}

/** How much earlier than the end of the last window the next one begins, in the unit of the watermark. */
export function overlapOf(changes: Changes): number {
  if (changes.type === "change_versions") return changes.overlap;
  return changes.type === "updated_since" ? changes.overlap_minutes * 60_000 : 0;
}
