import type { Log, LogFields } from "../../shared/ports/log.ts";

export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

export interface FakeLog extends Log {
  readonly entries: readonly LogEntry[];
}

/** A log that remembers. */
export function fakeLog(): FakeLog {
  const entries: LogEntry[] = [];
  const write =
    (level: LogEntry["level"]) =>
    (message: string, fields: LogFields = {}): void => {
      entries.push({ level, message, fields });
    };
  return { entries, info: write("info"), warn: write("warn"), error: write("error") };
}
