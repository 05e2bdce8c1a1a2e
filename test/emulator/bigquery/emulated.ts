import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { BigQuery } from "@google-cloud/bigquery";
import type { BigQueryServer } from "../../../emulator/bigquery/server.ts";
import { startBigQuery } from "../../../emulator/bigquery/server.ts";

export const project = "demo";

/** The real client, pointed at the emulator. Its credentials are a header, so that it asks no metadata server. */
export function clientFor(url: string): BigQuery {
  const authClient = { getRequestHeaders: async () => new Headers({ authorization: "Bearer local" }) };
  // biome-ignore lint/suspicious/noExplicitAny: the client wants a whole AuthClient, and uses this one method
  return new BigQuery({ projectId: project, apiEndpoint: url, authClient: authClient as any });
}

/** An emulator in a folder of its own, with the bucket `gs://lake` beside it. */
export class Emulated implements AsyncDisposable {
  readonly folder: string;
  server: BigQueryServer;
  client: BigQuery;

  private constructor(folder: string, server: BigQueryServer) {
    this.folder = folder;
    this.server = server;
    this.client = clientFor(server.url);
  }

  static async start(): Promise<Emulated> {
    const folder = await mkdtemp(join(tmpdir(), "bigquery-"));
    return new Emulated(folder, await startIn(folder));
  }

  async restart(): Promise<void> {
    await this.server.close();
    this.server = await startIn(this.folder);
    this.client = clientFor(this.server.url);
  }

  /** Puts an object into the bucket. @returns its address */
  async put(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.folder, "lake", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return `gs://lake/${name}`;
  }

  async putGzip(name: string, content: string): Promise<string> {
    return await this.put(name, gzipSync(content));
  }

  /** Asks the API without the client. */
  async fetch(method: string, path: string, body?: unknown): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${this.server.url}/bigquery/v2/projects/${project}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Answer };
  }

  /** Runs a job given by its configuration and waits for its end, however that is. */
  async job(configuration: object, jobId?: string): Promise<Answer> {
    const inserted = await this.fetch("POST", "jobs", { configuration, jobReference: { jobId } });
    if (inserted.status !== 200) return inserted.body;
    const id: string = inserted.body.jobReference.jobId;
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      const { body } = await this.fetch("GET", `jobs/${id}`);
      if (body.status.state === "DONE") return body;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`Job ${id} does not end.`);
  }

  async load(load: object, jobId?: string): Promise<Answer> {
    return await this.job({ load: { sourceFormat: "NEWLINE_DELIMITED_JSON", ...load } }, jobId);
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows are what the test says they are
  async rows(query: string, params?: Record<string, unknown>): Promise<any[]> {
    const [rows] = await this.client.query({ query, ...(params === undefined ? {} : { params }) });
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON, looked into by the tests
export type Answer = any;

export async function startIn(folder: string): Promise<BigQueryServer> {
  return await startBigQuery({
    projectId: project,
    databaseFile: join(folder, "warehouse.duckdb"),
    memoryLimit: "512MB",
    resolveUri: (uri) => resolveIn(folder, uri),
  });
}

async function resolveIn(folder: string, uri: string): Promise<string[]> {
  const lake = join(folder, "lake");
  const names = (await readdir(lake, { recursive: true }).catch(() => [])) as string[];
  const pattern = uri
    .replace("gs://lake/", "")
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*");
  return names
    .filter((name) => new RegExp(`^${pattern}$`).test(name))
    .sort()
    .map((name) => join(lake, name));
}

export const destination = (datasetId: string, tableId: string) => ({ projectId: project, datasetId, tableId });
