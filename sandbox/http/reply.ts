/** What a handler answers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
  /** A body that is made while it is sent, of any size; `body` does not count then. */
  readonly stream?: (() => AsyncIterable<Buffer>) | undefined;
}

/** A request as handlers see it: the path without the query, decoded; query names in lower case. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** Parameters by lower-case name; of several the first counts. */
  readonly query: ReadonlyMap<string, string>;
  /** The query string as it was sent, for an API that takes a parameter several times. */
  readonly search: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The scheme and host the client used. */
  readonly origin: string;
  /** What happens between the choice of a page's rows and their reading, if anything. */
  readonly betweenReads?: (() => Promise<void>) | undefined;
  body(): Promise<string>;
}

/** A JSON answer. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return textReply(status, JSON.stringify(value), headers);
}

/** An answer whose JSON is written already. */
export function textReply(
  status: number,
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
  type = "application/json; charset=utf-8",
): Reply {
  return { status, headers: { "content-type": type, ...headers }, body };
}
