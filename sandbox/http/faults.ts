import * as z from "zod";
import { type Reply, textReply } from "./reply.ts";

const pattern = z.string().refine((text) => isPattern(text), "must be a regular expression");

/** Which requests a fault befalls, and what happens to them. */
export const faultSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      /** A regular expression on the path. */
      path: pattern.optional(),
      /** A regular expression on the query string. */
      query: pattern.optional(),
      /** The resource's own collection and everything below it. */
      resource: z.string().optional(),
      /** Text that the true answer holds, such as a record's id: the page with a row that the server chokes on. */
      contains: z.string().min(1).optional(),
      /** The matching requests meant, counted from 1; all when absent. */
      nth: z.union([z.int().min(1), z.array(z.int().min(1)).min(1)]).optional(),
    })
    .default({}),
  respond: z
    .strictObject({
      status: z.int().min(200).max(599).optional(),
      body: z.unknown().optional(),
      /** The error body that the imitated version has for the status. */
      problem: z.boolean().default(false),
      /** A `Retry-After` of so many seconds; as a number, or as the date that they lead to. */
      retryAfterSeconds: z.int().min(0).optional(),
      retryAfterDate: z.int().min(0).optional(),
      /** An HTML page such as a gateway answers, in place of a body. */
      html: z.union([z.boolean(), z.string()]).optional(),
      headers: z.record(z.string(), z.string()).default({}),
      delayMs: z.int().min(0).max(600_000).default(0),
      /** Cuts the connection after so many bytes of the true body. */
      resetAfterBytes: z.int().min(0).optional(),
      /** Ends the true body early, as if it were whole: after so many bytes, or half way. */
      truncate: z.union([z.boolean(), z.int().min(0)]).optional(),
      /** Says that the body is packed with gzip and sends what is none. */
      brokenGzip: z.boolean().default(false),
    })
    .default({ headers: {}, delayMs: 0, problem: false, brokenGzip: false }),
  /** Changes to the data made just before the request is answered. */
  apply: z.array(z.record(z.string(), z.unknown())).optional(),
  /** Changes made after the rows of a page were chosen and before they are read. */
  between: z.array(z.record(z.string(), z.unknown())).optional(),
  /** How often it happens; without end when absent. */
  times: z.int().min(1).optional(),
});

export type FaultRule = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

/** What is to happen to one request. */
export interface Fault {
  readonly respond: FaultRule["respond"];
  readonly apply: FaultRule["apply"];
  readonly between: FaultRule["between"];
}

/** The fault rules in force, in the order they were given. */
export interface Faults {
  add(rules: readonly FaultRule[]): void;
  clear(): void;
  list(): readonly (FaultRule & { readonly matched: number; readonly happened: number })[];
  /** The fault for a request, which counts as having happened; undefined when no rule meets it. Rules on the answer are left for later. */
  take(asked: Asked): Fault | undefined;
  /** The fault of the rules on the answer, given what the true one is. */
  takeFor(asked: Asked, body: () => string): Fault | undefined;
}

/** What a request is told apart by. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
}

interface Rule {
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  readonly query: RegExp | undefined;
  matched: number;
  happened: number;
}

/** An empty list of fault rules. */
export function faults(): Faults {
  let rules: Rule[] = [];
  const add = (added: readonly FaultRule[]) => {
    rules.push(
      ...added.map((rule) => ({
        rule,
        path: rule.match.path === undefined ? undefined : new RegExp(rule.match.path),
        query: rule.match.query === undefined ? undefined : new RegExp(rule.match.query),
        matched: 0,
        happened: 0,
      })),
    );
  };
  const takeWhere = (asked: Asked, isMeant: (rule: FaultRule) => boolean): Fault | undefined => {
    let taken: Fault | undefined;
    for (const state of rules) {
      if (!meets(state, asked) || !isMeant(state.rule)) {
        continue;
      }
      state.matched += 1;
      if (taken === undefined && isDue(state)) {
        state.happened += 1;
        const { respond, apply, between } = state.rule;
        taken = { respond, apply, between };
      }
    }
    return taken;
  };
  const take: Faults["take"] = (asked) => takeWhere(asked, ({ match }) => match.contains === undefined);
  const takeFor: Faults["takeFor"] = (asked, body) => {
    const isThere = ({ match }: FaultRule) => match.contains !== undefined && body().includes(match.contains);
    return takeWhere(asked, isThere);
  };
  const list = () => rules.map(({ rule, matched, happened }) => ({ ...rule, matched, happened }));
  return { add, take, takeFor, list, clear: () => (rules = []) };
}

/**
 * The made-up answer of a fault; undefined when the true one is to be given, late or broken. `problem` writes the error body of the imitated
 * version.
 */
export function faultReply({ respond }: Fault, problem: (status: number) => Reply): Reply | undefined {
  const { status, body, html } = respond;
  const headers = { ...retryAfter(respond), ...respond.headers };
  if (html !== undefined && html !== false) {
    const page =
      html === true ? "<html><head><title>Error</title></head><body><h1>Bad Gateway</h1></body></html>" : html;
    return textReply(status ?? 200, page, headers, "text/html; charset=utf-8");
  }
  if (respond.problem) {
    const reply = problem(status ?? 500);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  }
  if (status === undefined && body === undefined) {
    return undefined;
  }
  if (body === undefined) {
    return { status: status ?? 200, headers, body: "" };
  }
  return typeof body === "string"
    ? textReply(status ?? 200, body, headers, "text/plain; charset=utf-8")
    : textReply(status ?? 200, JSON.stringify(body), headers);
}

// A date has whole seconds only: it is rounded up, so that nobody who keeps to it comes too early.
function retryAfter({ retryAfterSeconds, retryAfterDate }: Fault["respond"]): Record<string, string> {
  if (retryAfterDate !== undefined) {
    const second = Math.ceil(Date.now() / 1000) + retryAfterDate;
    return { "Retry-After": new Date(second * 1000).toUTCString() };
  }
  return retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
}

function meets({ rule: { match }, path: pathPattern, query: queryPattern }: Rule, { method, path, query }: Asked) {
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (pathPattern === undefined || pathPattern.test(path)) &&
    (queryPattern === undefined || queryPattern.test(query)) &&
    (match.resource === undefined || `${path}/`.includes(`/${match.resource}/`))
  );
}

function isDue({ rule, matched, happened }: Rule): boolean {
  const { nth } = rule.match;
  const isMeant = nth === undefined || (Array.isArray(nth) ? nth.includes(matched) : nth === matched);
  return isMeant && (rule.times === undefined || happened < rule.times);
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    // What is wrong with it is told by the schema's own message.
    return false;
  }
}
