import * as z from "zod";
import { type Auth, type Connector, waysOfAuth } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import { PermanentError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { SecretStore } from "../ports/secret-store.ts";
import { discover } from "./discovery.ts";
import { errorOf } from "./error-rules.ts";
import type { Visit } from "./gate.ts";
import { clientGrant, type Grant, jwtGrant, refreshGrant, type TokenAuth } from "./grant.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "./http.ts";
import { defaultRetryPolicy, type RetryPolicy, withRetries } from "./retry.ts";
import { sharedToken, tokenName } from "./shared-token.ts";
import { expand, expandIfKnown, type TemplateValues } from "./template.ts";
import { requestToken, type Token, type TokenCache } from "./token.ts";

export interface SessionPorts {
  readonly http: HttpClient;
  readonly secrets: SecretStore;
  readonly tokens: TokenCache;
  /** Where instances share their tokens; without it this process has its own. */
  readonly control?: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** One source and school year, spoken to with its credentials. */
export interface Session {
  /** Fills an address template of the connector for this source; undefined when the API does not offer what it names. */
  address(template: string, more?: TemplateValues): string | undefined;
  /** Version that the API says it has; undefined when it does not say. */
  readonly apiVersion: string | undefined;
  /** This session, with headers that each `get` sends besides those of the connector. */
  withHeaders(headers: Readonly<Record<string, string>>): Session;
  /**
   * Sends an authenticated GET, repeated while its failure looks passing.
   * @param check throws a RetryableError when a good answer is not what it should be (a gateway's page): it is asked for again too
   * @returns the first answer that is no passing failure
   */
  get(
    url: string,
    parameters?: Readonly<Record<string, string>>,
    policy?: RetryPolicy,
    check?: (answer: HttpAnswer) => void,
  ): Promise<HttpAnswer>;
  /** As `get`, by POST and with a body of JSON: for records that are asked for so. It must change nothing, for it may be sent again. */
  post(url: string, json: unknown, policy: RetryPolicy, check: (answer: HttpAnswer) => void): Promise<HttpAnswer>;
  /** As `get`, with the body of a good answer as it comes. */
  open(url: string, parameters?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /**
   * Sends one request with the credentials, once, for whoever wants to know how the API answers rather than what it has.
   * @param request is made with the bearer token in use, if there is one: its owner may ask the API about it
   */
  ask(request: (token: string | undefined) => AskedRequest): Promise<HttpAnswer>;
}

export type AskedRequest = Omit<HttpRequest, "timeoutMs">;

type Secret = Readonly<Record<string, string>>;

/** What any secret is; which of its fields must be there, the connector says. */
const secretSchema = z.record(z.string(), z.unknown());
const secretFieldSchema = z.string().min(1);

/** What a secret has to have, in words. */
function fieldsAsked(connector: Connector): string {
  return waysOfAuth(connector)
    .map(({ fields }) => fields.join(", "))
    .join("; or ");
}

/** The fields of a source's secret, and the way of authentication that they are for. */
async function readSecret(
  source: Source,
  connector: Connector,
  secrets: SecretStore,
): Promise<{ readonly secret: Secret; readonly auth: Auth }> {
  const text = await secrets.read(source.secret);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the secret.
    throw new PermanentError(
      `The secret "${source.secret}" is not JSON. It must be an object with ${fieldsAsked(connector)}.`,
    );
  }
  const fields = secretSchema.safeParse(value);
  // Secrets made for other programs often have their names in capitals.
  const named = new Map(Object.entries(fields.data ?? {}).map(([name, found]) => [name.toLowerCase(), found]));
  const fieldsOf = [...connector.secret, ...connector.optional_secret];
  const found = fieldsOf.map((field) => [field, secretFieldSchema.safeParse(named.get(field)).data] as const);
  const secret: Record<string, string> = {};
  for (const [field, text] of found) if (text !== undefined) secret[field] = text;
  const way = waysOfAuth(connector).find((one) => one.fields.every((field) => secret[field] !== undefined));
  if (way) return { secret, auth: way.auth };
  throw new PermanentError(
    `The secret "${source.secret}" must be a JSON object with the fields ${fieldsAsked(connector)}.`,
  );
}

/** Headers that carry the credentials, and what to do when they are refused. */
interface Authorization {
  headers(): Promise<{ headers: Record<string, string>; token?: Token }>;
  drop(token: Token): void;
}

function authorize(
  source: Source,
  connector: Connector,
  { secret, auth }: { readonly secret: Secret; readonly auth: Auth },
  values: TemplateValues,
  ports: SessionPorts,
): Authorization {
  const field = (name: string): string => secret[name] ?? "";
  const fixed = (headers: Record<string, string>): Authorization => ({
    headers: async () => ({ headers }),
    drop: () => undefined,
  });
  switch (auth.type) {
    case "bearer":
      return fixed({ authorization: `Bearer ${field(auth.token)}` });
    case "basic":
      return fixed({
        authorization: `Basic ${Buffer.from(`${field(auth.user)}:${field(auth.password)}`).toString("base64")}`,
      });
    case "header":
      return fixed({ [auth.header]: field(auth.value) });
    case "oauth2_jwt_bearer":
      return byToken(source, auth, { key: field(auth.issuer), secret: field(auth.private_key) }, values, ports, () =>
        jwtGrant(auth, expand(auth.token_url, values), field, ports.clock),
      );
    case "oauth2_refresh_token": {
      // Two logins of one client have tokens of their own.
      const secret = `${field(auth.client_secret)} ${field(auth.refresh_token)}`;
      const owner = { key: field(auth.client_id), secret };
      return byToken(source, auth, owner, values, ports, () => refreshGrant(auth, field));
    }
    case "oauth2_client_credentials": {
      const [key = "", secretValue = ""] = connector.secret.map(field);
      return byToken(source, auth, { key, secret: secretValue }, values, ports, () =>
        clientGrant(auth, key, secretValue),
      );
    }
  }
}

/** Authorization by a token that is asked for with a grant, kept by this instance and shared with others. */
function byToken(
  source: Source,
  auth: TokenAuth,
  { key, secret }: { readonly key: string; readonly secret: string },
  values: TemplateValues,
  ports: SessionPorts,
  grant: () => Grant,
): Authorization {
  const url = expand(auth.token_url, values);
  const client = tokenName({ url, key, secret });
  const timeoutMs = source.timeout_seconds * 1000;
  const keyHeader = auth.type === "oauth2_client_credentials" ? auth.key_header : undefined;
  return {
    headers: async () => {
      const token = await ports.tokens.get(client, ports.clock, (refused) => {
        const ask = (): Promise<Token> => requestToken(ports.http, ports.clock, { url, grant: grant(), timeoutMs });
        const { control, clock } = ports;
        return control ? sharedToken(control, clock, { url, key, secret }, ask, refused) : ask();
      });
      const named = keyHeader ? { [keyHeader]: key } : {};
      return { headers: { authorization: `Bearer ${token.value}`, ...named }, token };
    },
    drop: (token) => ports.tokens.drop(client, token),
  };
}

/** An error answer may quote what it was sent. The credentials are taken out of it before anybody can print it. */
function withoutCredentials(answer: HttpAnswer, credentials: readonly string[]): HttpAnswer {
  if (answer.status < 400) return answer;
  const text = withoutThem(answer.body.toString("utf8", 0, errorBytesMax), credentials);
  return { ...answer, body: Buffer.from(text, "utf8") };
}

function withoutThem(text: string, credentials: readonly string[]): string {
  return credentials.reduce((left, one) => (one.length > 3 ? left.replaceAll(one, "…") : left), text);
}

/** A check whose error quotes no credentials either: with some APIs a body of status 200 is an error that says what was sent. */
function discreet(check: (answer: HttpAnswer) => void, credentials: () => readonly string[]): typeof check {
  return (answer) => {
    try {
      check(answer);
    } catch (error) {
      if (error instanceof Error) error.message = withoutThem(error.message, credentials());
      throw error;
    }
  };
}

/** What the sources file itself says for the addresses of a connector: the rest is what discovery tells. */
export function ownValues(source: Source, schoolYear: number): TemplateValues {
  return {
    url: source.url.replaceAll("{school_year}", String(schoolYear)).replace(/\/+$/, ""),
    school_year: schoolYear === 0 ? undefined : String(schoolYear),
    tenant: source.tenant,
    instance: source.instance,
  };
}

/** What is kept of the body of an error. */
const errorBytesMax = 65_536;
/** The shortest time a request is given, however late it is. */
const timeoutMinMs = 1000;

/** What bounds a session. */
export interface SessionLimits {
  /** When this delivery has to be done (milliseconds since the epoch): no request and no wait goes much beyond. */
  readonly until?: number;
  /** The way through the gate of the source, which every request goes. */
  readonly visit?: Visit;
}

/** The longest wait for a quota: beyond it the source refuses, and is asked again later. */
const quotaWaitMaxMs = 60_000;

/** Waits while little is left of the source's quota, so that it need not refuse: other programs use the same. */
async function spare({ request: { quota } }: Connector, { headers }: HttpAnswer, clock: Clock): Promise<void> {
  const text = quota && headers.get(quota.remaining_header);
  const remaining = Number(text);
  if (!quota || text === null || text === "" || !(remaining < quota.keep)) return;
  await clock.sleep(Math.min(quotaWaitMaxMs, ((quota.keep - remaining) / quota.per_second) * 1000));
}

/** A clock whose long waits let others have what this visitor does not need meanwhile. */
function restingClock(clock: Clock, visit: Visit): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms) => {
      visit.rest(ms);
      return clock.sleep(ms);
    },
  };
}

/**
 * Opens a session: reads the secret, asks the API for its addresses.
 * @throws PermanentError for wrong configuration or credentials, RetryableError when the source is down
 */
export async function openSession(
  source: Source,
  connector: Connector,
  schoolYear: number,
  ports: SessionPorts,
  { until, visit }: SessionLimits = {},
): Promise<Session> {
  const { log } = ports;
  const clock = visit ? restingClock(ports.clock, visit) : ports.clock;
  const send: HttpClient = (request) => {
    const left = until === undefined ? Infinity : until - clock.now().getTime();
    return ports.http({ ...request, timeoutMs: Math.max(timeoutMinMs, Math.min(request.timeoutMs, left)) });
  };
  const http: HttpClient = visit ? (request) => visit.pass(() => send(request)) : send;
  const timeoutMs = source.timeout_seconds * 1000;
  const base = { ...connector.addresses, ...source.addresses, ...ownValues(source, schoolYear) };
  const retrying = (
    url: string,
    send: () => Promise<HttpAnswer>,
    check?: (answer: HttpAnswer) => void,
    policy: RetryPolicy = defaultRetryPolicy,
  ): Promise<HttpAnswer> => {
    const checked = async (): Promise<HttpAnswer> => {
      const answer = await send();
      if (answer.status === 200) check?.(answer);
      else {
        const told = errorOf(answer, connector.errors, new URL(url).pathname);
        if (told) throw told;
      }
      return answer;
    };
    return withRetries(checked, { clock, log, policy, path: new URL(url).pathname, until });
  };
  const { secret, auth } = await readSecret(source, connector, ports.secrets);
  const { addresses, version } = await discover(connector, base, (url, check) =>
    retrying(url, () => http({ method: "GET", url, timeoutMs }), check),
  );
  const values: TemplateValues = { ...base, ...addresses };
  const authorization = authorize(source, connector, { secret, auth }, values, { ...ports, http });

  let credentials: readonly string[] = Object.values(secret);
  const ask = async (request: (token: string | undefined) => AskedRequest): Promise<HttpAnswer> => {
    for (let refused = false; ; refused = true) {
      const { headers, token } = await authorization.headers();
      const asked = request(token?.value);
      const sent = { ...connector.request.headers, ...asked.headers, ...headers };
      const answer = await http({ ...asked, timeoutMs, headers: sent });
      await spare(connector, answer, clock);
      credentials = [...Object.values(headers).map((value) => value.replace(/^\w+ /, "")), ...Object.values(secret)];
      if (answer.status !== 401 || !token) return withoutCredentials(answer, credentials);
      authorization.drop(token);
      if (refused) return withoutCredentials(answer, credentials);
    }
  };

  const sessionWith = (own: Readonly<Record<string, string>>): Session => ({
    address: (template, more = {}) => expandIfKnown(template, { ...values, ...more }),
    apiVersion: version,
    withHeaders: (headers) => sessionWith({ ...own, ...headers }),
    get: (url, parameters = {}, policy = defaultRetryPolicy, check) => {
      const send = (): Promise<HttpAnswer> => ask(() => ({ method: "GET", url, parameters, headers: own }));
      return retrying(url, send, check && discreet(check, () => credentials), policy);
    },
    post: (url, json, policy, check) => {
      const send = (): Promise<HttpAnswer> => ask(() => ({ method: "POST", url, json, headers: own }));
      return retrying(
        url,
        send,
        discreet(check, () => credentials),
        policy,
      );
    },
    open: (url, parameters = {}) =>
      retrying(url, () => ask(() => ({ method: "GET", url, parameters, headers: own, streams: true }))),
    ask,
  });
  return sessionWith({});
}
