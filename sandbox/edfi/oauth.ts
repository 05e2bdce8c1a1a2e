import { randomBytes, timingSafeEqual } from "node:crypto";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import { tooManyTokens, unauthenticated } from "./problems.ts";

/** The one API client the sandbox knows, and what its tokens are worth. */
export interface Client {
  readonly key: string;
  readonly secret: string;
  readonly tokenSeconds: number;
  /** Tokens that may be alive at once; undefined for any number. */
  readonly tokenLimit: number | undefined;
  readonly tokenType: string;
  newToken(): string;
  /** The education organizations the client may narrow a token to. */
  educationOrganizationIds(): Promise<readonly number[]>;
}

/** Gives out tokens and knows which are good. */
export interface TokenService {
  token(request: Request): Promise<Reply>;
  /** Throws the 401 problem unless the request carries a live token. */
  check(request: Request): void;
  /** The token of a bearer header, alive or not. */
  isAlive(token: string): boolean;
  /** Ends all tokens at once, as a restart of the server or a revoked client does. */
  expireAll(): void;
}

interface Form {
  readonly grant_type?: string | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
  readonly scope?: string | undefined;
  readonly token?: string | undefined;
}

/** A token as the ODS makes them: 32 hex digits. */
export const opaqueToken = (): string => randomBytes(16).toString("hex");

/** A token as the Data Management Service has them: three parts in base64url. Readers have no business looking inside. */
export function signedToken(): string {
  const header = Buffer.from('{"alg":"RS256","typ":"at+jwt"}').toString("base64url");
  const payload = Buffer.from(`{"jti":"${randomBytes(16).toString("hex")}"}`).toString("base64url");
  return `${header}.${payload}.${randomBytes(32).toString("base64url")}`;
}

const noStore = { "cache-control": "no-store", pragma: "no-cache" };

/** Tokens by client credentials, by the rules of ODS/API 7.3. */
export function tokenService(client: Client, now: () => number): TokenService {
  const expiries = new Map<string, number>();

  const sweep = () => {
    for (const [token, expiry] of expiries) {
      if (expiry <= now()) {
        expiries.delete(token);
      }
    }
  };
  const issue = (): Reply => {
    sweep();
    if (client.tokenLimit !== undefined && expiries.size >= client.tokenLimit) {
      throw tooManyTokens(client.tokenLimit);
    }
    const token = client.newToken();
    expiries.set(token, now() + client.tokenSeconds * 1000);
    const body = { access_token: token, expires_in: client.tokenSeconds, token_type: client.tokenType };
    return jsonReply(200, body, noStore);
  };
  const isAlive = (token: string) => (expiries.get(token) ?? 0) > now();

  const token = async (request: Request) => {
    const form = readForm(request.headers["content-type"], await request.body());
    const basic = readBasic(request.headers.authorization);
    if (basic !== undefined && (form.client_id !== undefined || form.client_secret !== undefined)) {
      return oauthError(400, "invalid_client");
    }
    const credentials =
      basic ?? (form.client_id === undefined ? undefined : { key: form.client_id, secret: form.client_secret ?? "" });
    if (credentials === undefined) {
      return oauthError(401, "invalid_request");
    }
    if (form.grant_type !== "client_credentials") {
      return oauthError(400, "unsupported_grant_type");
    }
    if (!same(credentials.key, client.key) || !same(credentials.secret, client.secret)) {
      return oauthError(401, "invalid_client");
    }
    if (form.scope !== undefined && form.scope !== "") {
      const owned = await client.educationOrganizationIds();
      if (!owned.some((id) => String(id) === form.scope)) {
        return oauthError(400, "invalid_scope");
      }
    }
    return issue();
  };

  const check = (request: Request) => {
    const header = request.headers.authorization;
    if (header === undefined) {
      throw unauthenticated("Authorization header is missing.");
    }
    const [scheme = "", ...rest] = header.trim().split(/\s+/);
    if (scheme === "" || rest.length > 1) {
      throw unauthenticated("Invalid Authorization header.");
    }
    if (scheme.toLowerCase() !== "bearer") {
      throw unauthenticated("Unknown Authorization header scheme.");
    }
    const [value = ""] = rest;
    if (value === "") {
      throw unauthenticated("Missing Authorization header bearer token value.");
    }
    if (!isAlive(value)) {
      throw unauthenticated("Invalid token");
    }
  };

  return { token, check, isAlive, expireAll: () => expiries.clear() };
}

/** The form or JSON body of a token request; what is no form is an empty one. */
export function readForm(contentType: string | undefined, body: string): Form {
  const entries: Record<string, unknown> = (contentType ?? "").includes("json")
    ? parseObject(body)
    : Object.fromEntries(new URLSearchParams(body));
  const text = (name: string) => (typeof entries[name] === "string" ? entries[name] : undefined);
  return {
    grant_type: text("grant_type") ?? text("Grant_type"),
    client_id: text("client_id") ?? text("Client_id"),
    client_secret: text("client_secret") ?? text("Client_secret"),
    scope: text("scope") ?? text("Scope"),
    token: text("token"),
  };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A body that is no JSON holds no credentials, and is answered like one without them.
    return {};
  }
}

function readBasic(header: string | undefined): { key: string; secret: string } | undefined {
  const match = /^basic\s+(\S+)$/i.exec(header ?? "");
  if (match?.[1] === undefined) {
    return undefined;
  }
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? { key: text, secret: "" } : { key: text.slice(0, colon), secret: text.slice(colon + 1) };
}

function oauthError(status: number, error: string): Reply {
  return jsonReply(status, { error }, noStore);
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
