import type { Connector, Paging } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { MalformedPage, splitRecords } from "./records.ts";
import { explain, refusalOf } from "./refusal.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import type { Session } from "./session.ts";
import type { Position, Walk } from "./walk.ts";

/** The smallest page that an overloaded source is asked for before its failures count as an outage. */
const pageSizeMin = 25;
/** How often a page that came malformed (cut short, an error page with status 200) is asked for again. */
const malformedMax = 4;
/** While pages can still be halved, a failure is answered by a smaller page rather than by patience. */
const impatient: RetryPolicy = { ...defaultRetryPolicy, attemptsMax: 2 };

/** One page: its records as sent, and where the walk goes on. */
export interface Page {
  readonly records: readonly Buffer[];
  readonly nulls: number;
  readonly next: Position | null;
  readonly size: number;
  readonly bytes: number;
}

/** The rows that a page of an offset walk covers. Walking down, `offset` is the end (exclusive) of what is still unread. */
function span(position: Extract<Position, { type: "offset" }>, size: number): { start: number; count: number } {
  if (position.direction === "up") return { start: position.offset, count: size };
  const start = Math.max(0, position.offset - size);
  return { start, count: position.offset - start };
}

function pageParameters(walk: Walk, position: Position, paging: Paging, size: number): Record<string, string> {
  const cursor = paging.type === "cursor" ? paging : undefined;
  const offset = paging.type === "offset" ? paging : cursor?.otherwise;
  if (position.type === "cursor" && cursor) {
    return { ...walk.parameters, [cursor.token_parameter]: position.token, [cursor.size_parameter]: String(size) };
  }
  if (position.type === "offset" && offset) {
    return {
      ...walk.parameters,
      [offset.offset_parameter]: String(position.offset),
      [offset.size_parameter]: String(size),
    };
  }
  return { ...walk.parameters };
}

function nextPosition(
  position: Position,
  paging: Paging,
  answer: HttpAnswer,
  count: number,
  size: number,
): Position | null {
  switch (position.type) {
    case "cursor": {
      // Only the missing header ends a cursor walk: a page may be short, or emptied by deletes, and not be the last (protocols §4.3).
      const token = paging.type === "cursor" ? answer.headers.get(paging.next_header) : null;
      return token ? { type: "cursor", token } : null;
    }
    case "offset":
      if (position.direction === "down") {
        const { start } = span(position, size);
        return start === 0 ? null : { ...position, offset: start };
      }
      // A server may cap the page below what was asked, so only an empty page is the end; the next offset is what was really read.
      return count === 0 ? null : { ...position, offset: position.offset + count };
    case "single":
      return null;
  }
}

/** The page size a 400 allows ("Limit must be a value between 0 and 100."), or undefined. */
function allowedSize(answer: HttpAnswer, size: number): number | undefined {
  if (answer.status !== 400) return undefined;
  const { text } = explain(answer);
  const range = /(?:limit|pagesize)[^.]*between \d+ and (\d+)/i.exec(text)?.[1];
  const allowed = range ? Number(range) : /limit|page\s?size/i.test(text) ? Math.floor(size / 2) : 0;
  return allowed >= 1 && allowed < size ? allowed : undefined;
}

function assertServed(answer: HttpAnswer, walk: Walk, endpoint: string): void {
  if (answer.status === 200) return;
  const refusal = refusalOf(answer, endpoint);
  if (refusal) throw refusal;
  const path = new URL(walk.url).pathname;
  if (answer.status === 401) {
    throw new PermanentError(
      "The source refused a fresh token: the client may have been revoked. Check its key with the host.",
      {
        path,
        status: 401,
      },
    );
  }
  const { text } = explain(answer);
  throw new PermanentError(
    `The source refused the request with status ${answer.status}.${text ? ` It says: ${text}` : ""}`,
    {
      path,
      status: answer.status,
    },
  );
}

function canShrink(position: Position, size: number): boolean {
  return position.type !== "single" && size > pageSizeMin;
}

async function askOnce(
  session: Session,
  walk: Walk,
  position: Position,
  paging: Paging,
  size: number,
): Promise<HttpAnswer> {
  const policy = canShrink(position, size) ? impatient : defaultRetryPolicy;
  return session.get(walk.url, pageParameters(walk, position, paging, size), policy);
}

/**
 * Reads the page at the walk's position: whole, or not at all. Smaller pages are tried when the source caps the size or
 * cannot produce a large one in time.
 * @throws Refusal on 403 and 404, PermanentError on other refusals, RetryableError when the source stays unwell
 */
export async function readPage(
  session: Session,
  connector: Connector,
  endpoint: string,
  walk: Walk,
  paging: Paging,
): Promise<Page> {
  const position = walk.position;
  if (!position) throw new PermanentError("A finished walk was asked for another page", { endpoint });
  let size = walk.size;
  for (let malformed = 0; malformed < malformedMax; ) {
    let answer: HttpAnswer;
    try {
      answer = await askOnce(session, walk, position, paging, size);
    } catch (error) {
      if (!(error instanceof RetryableError) || !canShrink(position, size)) throw error;
      size = Math.max(pageSizeMin, Math.floor(size / 2));
      continue;
    }
    const allowed = position.type === "single" ? undefined : allowedSize(answer, size);
    if (allowed) {
      size = allowed;
      continue;
    }
    assertServed(answer, walk, endpoint);
    try {
      const { records, nulls } = splitRecords(answer.body, connector.records.at);
      const next = nextPosition(position, paging, answer, records.length + nulls, size);
      return { records, nulls, next, size, bytes: answer.body.length };
    } catch (error) {
      if (!(error instanceof MalformedPage)) throw error;
      malformed += 1;
    }
  }
  throw new RetryableError("The source keeps sending pages that are not whole JSON lists", {
    endpoint,
    path: new URL(walk.url).pathname,
  });
}
