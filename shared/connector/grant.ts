import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { Auth } from "../config/connector.ts";
import { PermanentError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";

type ClientCredentials = Extract<Auth, { type: "oauth2_client_credentials" }>;
type RefreshToken = Extract<Auth, { type: "oauth2_refresh_token" }>;
type JwtBearer = Extract<Auth, { type: "oauth2_jwt_bearer" }>;
/** Ways of authentication that ask for a token first. */
export type TokenAuth = ClientCredentials | RefreshToken | JwtBearer;

/** What a request for a token carries. */
export interface Grant {
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when all is in the headers. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Client credentials by Basic header or in the body, never both (protocols §1.1), or all in headers (protocols §15.2). */
export function clientGrant(auth: ClientCredentials, key: string, secret: string): Grant {
  const inHeader = auth.client !== "body";
  const grant = { grant_type: "client_credentials" };
  const headers = {
    ...(inHeader ? { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}` } : {}),
    ...(auth.key_header ? { [auth.key_header]: key } : {}),
  };
  if (auth.client === "headers") return { headers: { ...headers, ...grant } };
  const own = inHeader ? {} : { client_id: key, client_secret: secret };
  return { headers, form: { ...grant, ...own, ...(auth.scope ? { scope: auth.scope } : {}) } };
}

/** A login's refresh token, with the client that it was granted to by Basic header or in the body (protocols §13.1). */
export function refreshGrant(auth: RefreshToken, secretField: (name: string) => string): Grant {
  const [id, secret] = [secretField(auth.client_id), secretField(auth.client_secret)];
  const grant = { grant_type: "refresh_token", refresh_token: secretField(auth.refresh_token) };
  if (auth.client === "body") return { headers: {}, form: { ...grant, client_id: id, client_secret: secret } };
  return {
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
    form: grant,
  };
}

/** How long an assertion is good: Google takes no longer one. */
const assertionSeconds = 3600;

/**
 * An assertion that is signed with the account's key (RFC 7523): who it is, for whom it acts, what it wants, and until when that is meant.
 * @throws PermanentError when the key is none
 */
export function jwtGrant(auth: JwtBearer, url: string, secretField: (name: string) => string, clock: Clock): Grant {
  const now = Math.floor(clock.now().getTime() / 1000);
  const subject = auth.subject === undefined ? "" : secretField(auth.subject);
  const claims = {
    iss: secretField(auth.issuer),
    ...(subject === "" ? {} : { sub: subject }),
    scope: auth.scope,
    aud: url,
    iat: now,
    exp: now + assertionSeconds,
  };
  const text = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => base64url(JSON.stringify(part))).join(".");
  const signature = sign("RSA-SHA256", Buffer.from(text), privateKey(secretField(auth.private_key), auth.private_key));
  const assertion = `${text}.${signature.toString("base64url")}`;
  return { headers: {}, form: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion } };
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function privateKey(pem: string, field: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The message of the library may quote what it was given.
    throw new PermanentError(
      `The field ${field} of the source's secret is no private key. Give it as it stands in the key file, with its first and last line.`,
    );
  }
}
