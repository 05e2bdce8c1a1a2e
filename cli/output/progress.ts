import { appendFileSync } from "node:fs";
import type { LogSink } from "../../shared/log.ts";
import type { LogFields } from "../../shared/ports/log.ts";
import type { Outcome } from "../local/outcome.ts";

function sayRows(fields: LogFields): string {
  const rows = Number(fields.rows ?? 0);
  const deletes = Number(fields.deletes ?? 0);
  return `${rows.toLocaleString("en")} rows${deletes > 0 ? `, ${deletes} deletes` : ""}`;
}

/** The line that an entry deserves on the terminal, or undefined. */
function lineOf(message: string, fields: LogFields): string | undefined {
  const place = `${fields.source_id}/${fields.endpoint}${fields.school_year ? `/${fields.school_year}` : ""}`;
  switch (message) {
    case "loaded":
      return fields.rows || fields.deletes ? `  loaded   ${place}  ${sayRows(fields)}` : undefined;
    case "extract: not offered":
      return `  skipped  ${place}  the source does not offer it`;
    case "extract failed":
    case "load: the run was not loaded":
      return `  FAILED   ${place}  ${fields.error}`;
    case "model built":
      return `  built    ${fields.model}  ${sayRows(fields)}`;
    case "resource delivered":
      return fields.count || fields.failed
        ? `  delivered ${fields.source_id}${fields.endpoint}  ${sayRows({ rows: Number(fields.count ?? 0) })} sent, ${fields.failed} missing`
        : undefined;
    case "delivery finished, but not everything was taken":
      return `  PARTLY   ${fields.source_id}  ${fields.why ?? "see ops.delivery_dead_letters"}`;
    case "model failed":
      return `  FAILED   ${fields.model}  ${fields.error}`;
    case "dead letter":
      return `  FAILED   ${fields.function}  ${fields.error}`;
    case "extract continues in another message":
      return `  goes on  ${place}  ${sayRows(fields)} so far`;
    case "the message will be delivered again":
      return `  again    ${fields.function}  ${fields.error}`;
    default:
      return undefined;
  }
}

/** Live progress on standard error: a line for each endpoint and model, and on a terminal a status line below them. */
export class Progress {
  readonly #outcome: Outcome;
  readonly #logFile: string;
  readonly #isTerminal = process.stderr.isTTY === true;
  readonly #startedAt = Date.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(outcome: Outcome, logFile: string) {
    this.#outcome = outcome;
    this.#logFile = logFile;
  }

  start(): void {
    if (this.#isTerminal) this.#timer = setInterval(() => this.#drawStatus(), 200).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clearStatus();
  }

  say(line: string): void {
    this.#clearStatus();
    process.stderr.write(`${line}\n`);
  }

  /** Takes a log entry of the functions. */
  readonly take: LogSink = (severity, message, fields) => {
    appendFileSync(
      this.#logFile,
      `${JSON.stringify({ time: new Date().toISOString(), severity, message, ...fields })}\n`,
    );
    const isRepeat = this.#isRepeatedFailure(message, fields);
    this.#outcome.take(message, fields);
    const line = isRepeat ? undefined : lineOf(message, fields);
    if (line) this.say(line);
  };

  /** The functions framework prints stacks and warnings of its own; they belong into the log file, not between the lines. */
  readonly keep = (message: string): void => {
    appendFileSync(
      this.#logFile,
      `${JSON.stringify({ time: new Date().toISOString(), severity: "DEBUG", message })}\n`,
    );
  };

  #isRepeatedFailure(message: string, fields: LogFields): boolean {
    if (message !== "load: the run was not loaded") return false;
    return (
      this.#outcome.endpoints.get(`${fields.source_id}/${fields.endpoint}/${fields.school_year}`)?.status === "failed"
    );
  }

  #drawStatus(): void {
    const sources = Map.groupBy(this.#outcome.endpoints.values(), ({ source }) => source);
    const done = [...sources].map(([source, endpoints]) => {
      const settled = endpoints.filter(({ status }) => status !== "waiting" && status !== "extracted").length;
      return `${sources.size > 1 ? source : "endpoints"} ${settled}/${endpoints.length}`;
    });
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    process.stderr.write(`\r\u001b[K  ${done.join(" · ")} · models built ${this.#outcome.built.size} · ${seconds} s`);
  }

  #clearStatus(): void {
    if (this.#isTerminal) process.stderr.write("\r\u001b[K");
  }
}
