import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { SecretStore } from "../ports/secret-store.ts";
import type { HttpAnswer, HttpClient } from "./http.ts";
import { defaultRetryPolicy, type RetryPolicy, withRetries } from "./retry.ts";
import { expand, expandIfKnown, type TemplateValues } from "./template.ts";
import { requestToken, type Token, type TokenCache } from "./token.ts";

export interface SessionPorts {
  readonly http: HttpClient;
  readonly secrets: SecretStore;
  readonly tokens: TokenCache;
  readonly clock: Clock;
  readonly log: Log;
}

/** One source and school year, spoken to with its credentials. */
export interface Session {
  /** Fills an address template of the connector for this source; undefined when the API does not offer what it names. */
  address(template: string, more?: TemplateValues): string | undefined;
  /** Sends an authenticated GET, repeated while its failure looks passing. @returns the first answer that is no passing failure */
  get(url: string, parameters?: Readonly<Record<string, string>>, policy?: RetryPolicy): Promise<HttpAnswer>;
}

type Secret = Readonly<Record<string, string>>;

async function readSecret(source: Source, connector: Connector, secrets: SecretStore): Promise<Secret> {
  const text = await secrets.read(source.secret);
  const schema = z.looseObject(Object.fromEntries(connector.secret.map((field) => [field, z.string().min(1)])));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the secret.
    throw new PermanentError(
      `The secret "${source.secret}" is not JSON. It must be an object with ${connector.secret.join(", ")}.`,
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as Secret;
  throw new PermanentError(
    `The secret "${source.secret}" must be a JSON object with the fields ${connector.secret.join(", ")}.`,
  );
}

const discoverySchema = z.looseObject({ urls: z.record(z.string(), z.unknown()).default({}) });

/** Reads the API's own list of addresses and fills what it leaves open (protocols §2). */
async function discover(
  connector: Connector,
  values: TemplateValues,
  get: (url: string) => Promise<HttpAnswer>,
): Promise<TemplateValues> {
  const { discovery } = connector;
  if (!discovery) return {};
  const url = expand(discovery.url, values);
  const answer = await get(url);
  if (answer.status !== 200) {
    throw new PermanentError(
      "The source has no discovery document at its address. Check the url in the sources file.",
      {
        status: answer.status,
        path: new URL(url).pathname,
      },
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(answer.body.toString("utf8"));
  } catch (cause) {
    throw new RetryableError("The source's discovery document is not JSON", { path: new URL(url).pathname }, { cause });
  }
  const { urls } = discoverySchema.parse(body);
  const found: Record<string, string> = {};
  for (const [name, address] of Object.entries(urls)) {
    if (typeof address !== "string") continue;
    const filled = address.replaceAll(/\{(\w+)\}/g, (whole, placeholder: string) => {
      const template = discovery.placeholders[placeholder];
      return template ? expand(template, values) : whole;
    });
    // An address that still has an open place cannot be used; asking for it is an error that names it.
    if (!filled.includes("{")) found[`urls.${name}`] = filled;
  }
  return found;
}

/** Headers that carry the credentials, and what to do when they are refused. */
interface Authorization {
  headers(): Promise<{ headers: Record<string, string>; token?: Token }>;
  drop(token: Token): void;
}

function authorize(
  source: Source,
  connector: Connector,
  secret: Secret,
  values: TemplateValues,
  ports: SessionPorts,
): Authorization {
  const { auth } = connector;
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
    case "oauth2_client_credentials": {
      const url = expand(auth.token_url, values);
      const [key = "", secretValue = ""] = connector.secret.map(field);
      const client = `${url} ${key}`;
      const timeoutMs = source.timeout_seconds * 1000;
      return {
        headers: async () => {
          const token = await ports.tokens.get(client, ports.clock, () =>
            requestToken(ports.http, ports.clock, { url, auth, key, secret: secretValue, timeoutMs }),
          );
          return { headers: { authorization: `Bearer ${token.value}` }, token };
        },
        drop: (token) => ports.tokens.drop(client, token),
      };
    }
  }
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
): Promise<Session> {
  const { http, clock, log } = ports;
  const timeoutMs = source.timeout_seconds * 1000;
  const base: TemplateValues = {
    url: source.url.replaceAll("{school_year}", String(schoolYear)).replace(/\/+$/, ""),
    school_year: schoolYear === 0 ? undefined : String(schoolYear),
  };
  const plainGet = (url: string): Promise<HttpAnswer> =>
    withRetries(() => http({ method: "GET", url, timeoutMs }), { clock, log, path: new URL(url).pathname });
  const secret = await readSecret(source, connector, ports.secrets);
  const values: TemplateValues = { ...base, ...(await discover(connector, base, plainGet)) };
  const authorization = authorize(source, connector, secret, values, ports);

  const once = async (url: string, parameters: Readonly<Record<string, string>>): Promise<HttpAnswer> => {
    for (let refused = false; ; refused = true) {
      const { headers, token } = await authorization.headers();
      const answer = await http({
        method: "GET",
        url,
        parameters,
        timeoutMs,
        headers: { ...connector.request.headers, ...headers },
      });
      if (answer.status !== 401 || !token) return answer;
      authorization.drop(token);
      if (refused) return answer;
    }
  };

  return {
    address: (template, more = {}) => expandIfKnown(template, { ...values, ...more }),
    get: (url, parameters = {}, policy = defaultRetryPolicy) =>
      withRetries(() => once(url, parameters), { clock, log, policy, path: new URL(url).pathname }),
  };
}
