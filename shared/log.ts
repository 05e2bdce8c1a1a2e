import type { Log, LogFields } from "./ports/log.ts";

/** What may be logged. A field that is not listed is dropped, so that no body, name or token slips into a log by accident. */
const allowedFields = new Set([
  "function",
  "source_id",
  "connector",
  "endpoint",
  "school_year",
  "run_id",
  "mode",
  "reason",
  "outcome",
  "status",
  "attempt",
  "hop",
  "rows",
  "deletes",
  "key_changes",
  "parts",
  "pages",
  "bytes",
  "seconds",
  "hours",
  "ms",
  "model",
  "models",
  "built",
  "failed",
  "fresh",
  "waiting",
  "skipped",
  "version",
  "test_id",
  "failing_rows",
  "severity_level",
  "message_id",
  "job_id",
  "manifest",
  "object",
  "table",
  "path",
  "code",
  "error",
  "remedy",
  "retryable",
  "change_version_min",
  "change_version_max",
  "wait_ms",
  "page_size",
  "secret_name",
  "topic",
  "count",
  "why",
]);

export type Severity = "INFO" | "WARNING" | "ERROR";

/** Receives each entry; the default writes one JSON line to standard output, as Cloud Logging reads it. */
export type LogSink = (severity: Severity, message: string, fields: LogFields) => void;

const writeLine: LogSink = (severity, message, fields) => {
  process.stdout.write(`${JSON.stringify({ severity, message, ...fields })}\n`);
};

let sink: LogSink = writeLine;

/** Sends entries elsewhere (the terminal progress of a local run); undefined restores standard output. */
export function setLogSink(replacement: LogSink | undefined): void {
  sink = replacement ?? writeLine;
}

function write(severity: Severity, message: string, fields: LogFields = {}): void {
  const allowed = Object.entries(fields).filter(([name, value]) => allowedFields.has(name) && value !== undefined);
  sink(severity, message, Object.fromEntries(allowed));
}

export const log: Log = {
  info: (message, fields) => write("INFO", message, fields),
  warn: (message, fields) => write("WARNING", message, fields),
  error: (message, fields) => write("ERROR", message, fields),
};
