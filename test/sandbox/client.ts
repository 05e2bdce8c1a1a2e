import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { scratchFolder } from "../scratch-folder.ts";

/** What a test looks at in an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the body holds, and fails when it is something else
  readonly json: any;
}

/** A sandbox with a client that has a token. */
export interface Connected extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly token: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

/** Starts a sandbox and fetches a token. */
export async function connect(options: SandboxOptions): Promise<Connected> {
  const sandbox = await startSandbox(options);
  const token = await fetchToken(sandbox);
  return {
    sandbox,
    token,
    get: async (path, headers = {}) =>
      await answerOf(await fetch(sandbox.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } })),
    post: async (path, body) =>
      await answerOf(
        await fetch(sandbox.url + path, {
          method: "POST",
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      ),
    [Symbol.asyncDispose]: sandbox.close,
  };
}

export async function fetchToken(sandbox: Sandbox): Promise<string> {
  const answer = await requestToken(
    sandbox,
    { authorization: basic(sandbox.key, sandbox.secret) },
    "grant_type=client_credentials",
  );
  return answer.json.access_token;
}

export async function requestToken(
  sandbox: Sandbox,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Answer> {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return await answerOf(
    await fetch(`${sandbox.url}/oauth/token`, { method: "POST", headers: { ...type, ...headers }, body }),
  );
}

export function basic(key: string, secret: string): string {
  return `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}`;
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Writes files into a new folder: text as it is, packed where the name ends in .gz; lists as lines of JSON. */
export async function folderOf(files: Readonly<Record<string, string | readonly unknown[]>>): Promise<string> {
  const folder = scratchFolder("sandbox-test");
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : content.map((line) => `${JSON.stringify(line)}\n`).join("");
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, name.endsWith(".gz") ? gzipSync(text) : text);
  }
  return folder;
}

/** Students numbered from 1, each with an id that shows its number. */
export function students(count: number): { id: string; studentUniqueId: string; firstName: string; _etag: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    id: (index + 1).toString(16).padStart(32, "0"),
    studentUniqueId: `s${index + 1}`,
    firstName: `First ${index + 1}`,
    _etag: "1",
  }));
}

/** The path of a resource's collection. */
export const at = (resource: string) => `/data/v3/ed-fi/${resource}`;

/** The range of aggregate ids in a page token. */
export const rangeOf = (token: string) => Buffer.from(token, "base64url").toString().split(",").map(Number);
