import { randomBytes } from "node:crypto";
import { type Imitation, type Served, type ServingOptions, serveImitation } from "../http/imitation.ts";
import { type RateLimit, rateLimiter } from "../http/rate-limit.ts";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import type { JsonObject } from "../json/lossless.ts";
import { textOf } from "../records/ids.ts";
import { type RecordChange, recordChangeSchema, type Tables, tables } from "../records/tables.ts";
import { type Collection, collections } from "./collections.ts";
import { isamsSchool, type SchoolSize, wholeSchool } from "./school.ts";

/** How an imitation of iSAMS is started; everything has a default. */
export interface IsamsOptions extends ServingOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly tokenSeconds?: number;
  /** How large the made-up school is. */
  readonly size?: Partial<SchoolSize>;
  /** Records by resource, in place of the made-up ones. */
  readonly data?: Readonly<Record<string, readonly JsonObject[]>>;
  /** Requests that a key may send in a while, such as 100 in an hour. None by default, as with iSAMS. */
  readonly throttle?: RateLimit;
  /** 429, or 403 as some have seen. */
  readonly throttleStatus?: 403 | 429;
  /** Resources that the key may not read; they are answered with an error in a body, and this status. */
  readonly forbidden?: readonly string[];
  readonly forbiddenStatus?: number;
  readonly now?: () => number;
}

/** A running imitation of iSAMS. */
export interface IsamsSandbox extends Served<RecordChange> {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The records as they are now. */
  rows(resource: string): readonly JsonObject[];
}

interface Api {
  readonly options: IsamsOptions;
  readonly data: Tables;
  readonly tokens: Map<string, number>;
  readonly limit: (client: string) => number | undefined;
  readonly client: { readonly id: string; readonly secret: string };
  readonly now: () => number;
}

const message = (status: number, text: string): Reply => jsonReply(status, { message: text });
const pageSizeDefault = 100;
const pageSizeMax = 1000;

/** Starts an imitation of iSAMS's REST API on loopback. Returns when it listens; throws when the port is taken. */
export async function startIsams(options: IsamsOptions = {}): Promise<IsamsSandbox> {
  const now = options.now ?? Date.now;
  const made = (): string => randomBytes(12).toString("hex");
  const client = { id: options.clientId ?? made(), secret: options.clientSecret ?? made() };
  const given = Object.entries(options.data ?? {}).map(([name, rows]) => [name, () => rows] as const);
  const data = tables({ ...isamsSchool({ ...wholeSchool, ...options.size }), ...Object.fromEntries(given) });
  const tokens = new Map<string, number>();
  const api: Api = { options, data, tokens, client, now, limit: rateLimiter(options.throttle, now) };
  const imitation: Imitation<RecordChange> = {
    answer: (request) => answered(api, request),
    problem: (status) => message(status, "An error has occurred."),
    changeSchema: recordChangeSchema,
    apply: data.apply,
    state: () => ({ resources: data.counts() }),
    reset: () => {
      data.reset();
      tokens.clear();
    },
    expireTokens: () => tokens.clear(),
  };
  const served = await serveImitation(imitation, options);
  return { ...served, clientId: client.id, clientSecret: client.secret, rows: data.rows };
}

async function answered(api: Api, request: Request): Promise<Reply> {
  if (request.path === "/auth/connect/token") {
    return await token(api, request);
  }
  const bearer = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer === undefined || (api.tokens.get(bearer) ?? 0) <= api.now()) {
    return message(401, "Authorization has been denied for this request.");
  }
  if (api.limit(api.client.id) !== undefined) {
    return message(api.options.throttleStatus ?? 429, "API calls quota exceeded! maximum admitted for this key.");
  }
  return listed(api, request) ?? message(404, "No HTTP resource was found that matches the request URI.");
}

/** By client credentials in a form. An answer of 400 is what IdentityServer gives to a wrong client. */
async function token({ client, tokens, options, now }: Api, request: Request): Promise<Reply> {
  const form = new URLSearchParams(await request.body());
  if (request.method !== "POST" || form.get("grant_type") !== "client_credentials") {
    return jsonReply(400, { error: "unsupported_grant_type" });
  }
  if (form.get("client_id") !== client.id || form.get("client_secret") !== client.secret) {
    return jsonReply(400, { error: "invalid_client" });
  }
  const seconds = options.tokenSeconds ?? 3600;
  const made = `ey${randomBytes(24).toString("base64url")}`;
  tokens.set(made, now() + seconds * 1000);
  return jsonReply(200, { access_token: made, expires_in: seconds, token_type: "Bearer" });
}

function listed(api: Api, request: Request): Reply | undefined {
  const path = request.path.startsWith("/api/") ? request.path.slice("/api/".length).replace(/\/$/, "") : "";
  for (const collection of collections) {
    const found = collection.path.exec(path);
    if (!found) {
      continue;
    }
    if (api.options.forbidden?.includes(collection.resource) === true) {
      return message(api.options.forbiddenStatus ?? 200, "The user is not authorised for this request");
    }
    const rows = below(api.data, collection, found[1]);
    return rows && jsonReply(200, collection.isPaged ? pageOf(rows, collection, request) : bodyOf(rows, collection));
  }
  return undefined;
}

/** The records of a list, of the parent that the path names; undefined when there is no such parent. */
function below(
  data: Tables,
  { resource, parent }: Collection,
  key: string | undefined,
): readonly JsonObject[] | undefined {
  const rows = data.rows(resource);
  if (!parent) {
    return rows;
  }
  if (!data.rows(parent.resource).some((row) => textOf(row[parent.key]) === key)) {
    return undefined;
  }
  return rows.filter((row) => textOf(row[parent.member]) === key);
}

function bodyOf(rows: readonly JsonObject[], { list, hidden }: Collection): JsonObject {
  const shown = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.includes(name))));
  return { [list]: shown };
}

// Pages from 1 on over the live table, with the totals of this moment; beyond the last one the list is empty.
function pageOf(rows: readonly JsonObject[], collection: Collection, request: Request): JsonObject {
  const number = (name: string, otherwise: number): number => {
    const value = Number(request.query.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  const page = number("page", 1);
  const pageSize = Math.min(number("pagesize", pageSizeDefault), pageSizeMax);
  const found = rows.slice((page - 1) * pageSize, page * pageSize);
  const totalPages = Math.ceil(rows.length / pageSize);
  return {
    count: found.length,
    page,
    pageSize,
    totalCount: rows.length,
    totalPages,
    ...bodyOf(found, collection),
  };
}
