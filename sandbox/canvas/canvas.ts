import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Imitation, type Served, type ServingOptions, serveImitation } from "../http/imitation.ts";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import type { JsonObject, JsonValue } from "../json/lossless.ts";
import { type RecordChange, recordChangeSchema, type Tables, tables } from "../records/tables.ts";
import { collections, single, singles } from "./collections.ts";
import { canvasSample } from "./data.ts";
import { answerQuery } from "./graphql/execute.ts";
import { pageOf } from "./paging.ts";
import {
  CanvasError,
  notAuthorized,
  notFound,
  problemBody,
  throttled,
  wantsStringIds,
  withStringIds,
} from "./replies.ts";
import { throttle } from "./throttle.ts";
import { type CanvasClient, type CanvasTokens, canvasTokens } from "./tokens.ts";

/** How an imitation of Canvas is started; everything has a default. */
export interface CanvasOptions extends ServingOptions, Partial<CanvasClient> {
  /** Records by resource; the sample when absent. */
  readonly data?: Readonly<Record<string, readonly JsonObject[]>>;
  /** What a full bucket answers: 403, as own servers do, or 429, as Instructure's cloud does. */
  readonly throttleStatus?: 403 | 429;
  /** What a request costs in the end. */
  readonly requestCost?: number;
  /** Resources that the user behind the token may not see. */
  readonly forbidden?: readonly string[];
  /** Whether the user may see the SIS's ids. */
  readonly sisPermission?: boolean;
  /** Another origin for the links of pages, as a server behind a wrong proxy gives, or an attacker. */
  readonly linkOrigin?: string;
  /** Every answer waits so long, with its charge in the bucket. */
  readonly latencyMs?: number;
  readonly now?: () => number;
}

/** A running imitation of Canvas. */
export interface CanvasSandbox extends Served<RecordChange>, CanvasClient {}

const prefix = "/api/v1";
const sisNames = ["sis_user_id", "sis_section_id", "sis_course_id", "sis_term_id", "sis_account_id"];

interface Api {
  readonly options: CanvasOptions;
  readonly data: Tables;
  readonly tokens: CanvasTokens;
}

/** Starts an imitation of Canvas on loopback. Returns when it listens; throws when the port is taken. */
export async function startCanvas(options: CanvasOptions = {}): Promise<CanvasSandbox> {
  const now = options.now ?? Date.now;
  const client: CanvasClient = {
    token: options.token ?? `1~${randomBytes(24).toString("base64url")}`,
    clientId: options.clientId ?? "10000000000001",
    clientSecret: options.clientSecret ?? randomBytes(12).toString("hex"),
    refreshToken: options.refreshToken ?? randomBytes(12).toString("hex"),
    tokenSeconds: options.tokenSeconds ?? 3600,
  };
  const given = Object.entries(options.data ?? {}).map(([name, rows]) => [name, () => rows] as const);
  const data = tables({ ...canvasSample(), ...Object.fromEntries(given) });
  const tokens = canvasTokens(client, now);
  const bucket = throttle(now);
  const api: Api = { options, data, tokens };
  const imitation: Imitation<RecordChange> = {
    answer: async (request) => await answered(api, request, bucket),
    problem: problemBody,
    changeSchema: recordChangeSchema,
    apply: data.apply,
    state: () => ({ resources: data.counts() }),
    reset: () => {
      data.reset();
      tokens.reset();
    },
    expireTokens: tokens.expireAll,
  };
  return { ...(await serveImitation(imitation, options)), ...client };
}

async function answered(api: Api, request: Request, bucket: ReturnType<typeof throttle>): Promise<Reply> {
  try {
    if (request.method === "POST" && request.path === "/login/oauth2/token") {
      return await api.tokens.issue(request);
    }
    return await charged(api, request, bucket(api.tokens.check(request)));
  } catch (error) {
    if (error instanceof CanvasError) {
      return error.reply;
    }
    throw error;
  }
}

// The charge is in the bucket as long as the request is being answered, so many at once fill it.
async function charged(api: Api, request: Request, charge: ReturnType<ReturnType<typeof throttle>>): Promise<Reply> {
  if (charge.isRefused) {
    return throttled(api.options.throttleStatus ?? 403);
  }
  const cost = api.options.requestCost ?? 0.05;
  let remaining = 0;
  let reply: Reply;
  try {
    await sleep(api.options.latencyMs ?? 0);
    reply = await served(api, request);
  } catch (error) {
    if (!(error instanceof CanvasError)) {
      throw error;
    }
    reply = error.reply;
  } finally {
    remaining = charge.settle(cost);
  }
  const headers = { "X-Request-Cost": String(cost), "X-Rate-Limit-Remaining": String(Number(remaining.toFixed(6))) };
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

async function served(api: Api, request: Request): Promise<Reply> {
  if (request.method === "POST" && request.path === "/api/graphql") {
    return jsonReply(
      200,
      answerQuery(await request.body(), { data: api.data, forbidden: api.options.forbidden ?? [] }),
    );
  }
  if (request.method !== "GET" || !request.path.startsWith(`${prefix}/`)) {
    throw notFound();
  }
  const path = request.path.slice(prefix.length).replace(/\/$/, "");
  const found = listed(api, request, path) ?? one(api, path);
  await request.betweenReads?.();
  const body = wantsStringIds(request) ? withStringIds(found.body) : found.body;
  return jsonReply(200, body, found.link === undefined ? {} : { Link: found.link });
}

interface Found {
  readonly body: JsonValue;
  readonly link?: string;
}

function listed(api: Api, request: Request, path: string): Found | undefined {
  for (const collection of collections) {
    const parts = collection.path.exec(path)?.slice(1);
    if (parts === undefined) {
      continue;
    }
    assertAllowed(api, collection.resource);
    const params = new URLSearchParams(request.search);
    const origin = api.options.linkOrigin ?? request.origin;
    const listing = collection.list({ data: api.data, parts, params });
    const { rows, link } = pageOf(listing, origin + request.path, params);
    const list = rows.map((row) => shown(api, row));
    return { body: collection.envelope === undefined ? list : { [collection.envelope]: list }, link };
  }
  return undefined;
}

function one(api: Api, path: string): Found {
  for (const { path: pattern, resource, sis } of singles) {
    const name = pattern.exec(path)?.[1];
    if (name !== undefined) {
      assertAllowed(api, resource);
      return { body: shown(api, single(api.data, resource, sis, name)) };
    }
  }
  throw notFound();
}

function assertAllowed({ options }: Api, resource: string): void {
  if (options.forbidden?.includes(resource) === true) {
    throw notAuthorized();
  }
}

// Without the right to see them, the ids of the SIS are left out.
function shown({ options }: Api, row: JsonObject): JsonObject {
  if (options.sisPermission !== false) {
    return row;
  }
  return Object.fromEntries(Object.entries(row).filter(([name]) => !sisNames.includes(name)));
}

export type { RecordChange };
