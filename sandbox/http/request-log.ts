import { createHash } from "node:crypto";

/** One request as tests want to know it. Tokens are kept as hashes only. */
export interface LoggedRequest {
  readonly number: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** 0 while the request is being answered, and for one whose connection was cut. */
  status: number;
  milliseconds: number;
  readonly tokenHash: string | undefined;
  /** Requests being answered when this one came, itself included. */
  readonly concurrent: number;
}

/** The last requests, and how many were ever answered at once. */
export interface RequestLog {
  readonly entries: LoggedRequest[];
  start(method: string, path: string, query: string, authorization: string | undefined): LoggedRequest;
  end(entry: LoggedRequest, status: number): void;
  highWater(): number;
  count(): number;
  clear(): void;
}

/** A log that keeps the last `size` requests. */
export function requestLog(size: number): RequestLog {
  const entries: LoggedRequest[] = [];
  const startedAt = new WeakMap<LoggedRequest, number>();
  let running = 0;
  let highWater = 0;
  let count = 0;

  const start: RequestLog["start"] = (method, path, query, authorization) => {
    running += 1;
    count += 1;
    highWater = Math.max(highWater, running);
    const entry: LoggedRequest = {
      number: count,
      at: new Date().toISOString(),
      method,
      path,
      query,
      status: 0,
      milliseconds: 0,
      tokenHash: hashOfToken(authorization),
      concurrent: running,
    };
    startedAt.set(entry, performance.now());
    entries.push(entry);
    if (entries.length > size) {
      entries.shift();
    }
    return entry;
  };
  const end = (entry: LoggedRequest, status: number) => {
    running -= 1;
    entry.status = status;
    entry.milliseconds = Math.round(performance.now() - (startedAt.get(entry) ?? 0));
  };
  const clear = () => {
    entries.length = 0;
    highWater = running;
    count = 0;
  };
  return { entries, start, end, highWater: () => highWater, count: () => count, clear };
}

function hashOfToken(authorization: string | undefined): string | undefined {
  const token = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  return token === undefined ? undefined : createHash("sha256").update(token).digest("hex").slice(0, 12);
}
