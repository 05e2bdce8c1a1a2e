import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, answerOf, basic } from "./client.ts";

/** A client that went by the discovery document, as one for every version has to. */
export interface Discovered extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly document: Answer["json"];
  readonly token: string;
  /** A resource of the data: `students?limit=3`. */
  data(path: string, request?: RequestInit): Promise<Answer>;
  /** What change queries have beside the resources: `availableChangeVersions`. */
  changes(path: string, request?: RequestInit): Promise<Answer>;
  /** Any address, with the token. */
  get(url: string, request?: RequestInit): Promise<Answer>;
  /** One of the sandbox's own endpoints. */
  control(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Starts a sandbox, reads its discovery document at `context` and fetches a token where that says. */
export async function discover(options: SandboxOptions, context = ""): Promise<Discovered> {
  const sandbox = await startSandbox(options);
  const document = (await answerOf(await fetch(`${sandbox.url}/${context}`))).json;
  const { oauth, dataManagementApi, changeQueries = `${sandbox.url}/changeQueries/v1` } = document.urls;
  const token = await tokenFrom(oauth, sandbox);
  const get: Discovered["get"] = async (url, request = {}) =>
    await answerOf(await fetch(url, { ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } }));
  return {
    sandbox,
    document,
    token,
    get,
    data: (path, request) => get(`${under(dataManagementApi)}ed-fi/${path}`, request),
    changes: (path, request) => get(under(changeQueries) + path, request),
    control: async (method, path, body) =>
      await answerOf(
        await fetch(`${sandbox.url}/sandbox/${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    [Symbol.asyncDispose]: sandbox.close,
  };
}

export async function tokenFrom(url: string, { key, secret }: Pick<Sandbox, "key" | "secret">): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: basic(key, secret), "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=client_credentials",
  });
  return (await answerOf(response)).json?.access_token ?? "";
}

function under(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

/** The numbers of students made by `students()`, in the order they came. */
export const numbersOf = (rows: readonly { studentUniqueId: string }[]): number[] =>
  rows.map((row) => Number(row.studentUniqueId.slice(1)));
