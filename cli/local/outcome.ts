import type { LogFields } from "../../shared/ports/log.ts";

/** What happened to one endpoint of a source and year in this run. */
export interface EndpointOutcome {
  readonly source: string;
  readonly endpoint: string;
  readonly schoolYear: number;
  status: "waiting" | "extracted" | "loaded" | "failed" | "unsupported";
  mode?: string;
  reason?: string;
  rows: number;
  deletes: number;
  parts: number;
  error?: string;
}

export interface Failure {
  readonly what: string;
  readonly error: string;
}

/** What a run has done so far, put together from the log of the functions. */
export class Outcome {
  readonly endpoints = new Map<string, EndpointOutcome>();
  readonly built = new Map<string, { rows: number; seconds: number }>();
  readonly failures: Failure[] = [];
  parts = 0;

  expect(source: string, endpoint: string, schoolYear: number): void {
    this.#endpoint({ source_id: source, endpoint, school_year: schoolYear });
  }

  /** Takes one log entry of a function. */
  take(message: string, fields: LogFields): void {
    switch (message) {
      case "extracted":
        Object.assign(this.#endpoint(fields), pick(fields), { status: "extracted" });
        this.parts += Number(fields.parts ?? 0);
        return;
      case "loaded":
        this.#endpoint(fields).status = "loaded";
        return;
      case "extract: not offered":
        Object.assign(this.#endpoint(fields), { status: "unsupported", error: text(fields.error) });
        return;
      case "extract failed":
      case "load: the run was not loaded":
        this.#fail(fields);
        return;
      case "dead letter":
        this.failures.push({ what: placeText(fields) || text(fields.function), error: text(fields.error) });
        return;
      case "model built":
        this.built.set(text(fields.model), { rows: Number(fields.rows ?? 0), seconds: Number(fields.seconds ?? 0) });
        return;
      case "model failed":
        this.failures.push({ what: text(fields.model), error: text(fields.error) });
        return;
    }
  }

  #fail(fields: LogFields): void {
    const endpoint = this.#endpoint(fields);
    // The load of a run that failed says so once more.
    if (endpoint.status === "failed") return;
    Object.assign(endpoint, { status: "failed", error: text(fields.error) });
    this.failures.push({ what: placeText(fields), error: text(fields.error) });
  }

  #endpoint(fields: LogFields): EndpointOutcome {
    const source = text(fields.source_id);
    const endpoint = text(fields.endpoint);
    const schoolYear = Number(fields.school_year ?? 0);
    const key = `${source}/${endpoint}/${schoolYear}`;
    const present = this.endpoints.get(key);
    if (present) return present;
    const created: EndpointOutcome = { source, endpoint, schoolYear, status: "waiting", rows: 0, deletes: 0, parts: 0 };
    this.endpoints.set(key, created);
    return created;
  }
}

function pick(fields: LogFields): Partial<EndpointOutcome> {
  return {
    mode: text(fields.mode),
    reason: text(fields.reason),
    rows: Number(fields.rows ?? 0),
    deletes: Number(fields.deletes ?? 0),
    parts: Number(fields.parts ?? 0),
  };
}

function text(value: unknown): string {
  return value === undefined ? "" : String(value);
}

function placeText(fields: LogFields): string {
  return [fields.source_id, fields.endpoint, fields.school_year].filter((part) => part !== undefined).join("/");
}
