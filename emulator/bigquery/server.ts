import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { preludeStatements } from "../googlesql/prelude.ts";
import { discoveryDocument } from "./discovery.ts";
import { Copier } from "./jobs/copy-job.ts";
import { JobStore } from "./jobs/job-store.ts";
import { Jobs } from "./jobs/jobs.ts";
import { JobsApi } from "./jobs/jobs-api.ts";
import { Uploads } from "./jobs/uploads.ts";
import { Loader } from "./load/load-job.ts";
import type { ResolveUri } from "./load/source-file.ts";
import { QueriesApi } from "./query/queries-api.ts";
import { Querier } from "./query/query-job.ts";
import { ReferencedTables } from "./query/referenced-tables.ts";
import { StatementRunner } from "./query/statement-runner.ts";
import type { Collections } from "./routes.ts";
import { route } from "./routes.ts";
import { Catalog } from "./store/catalog.ts";
import { Database } from "./store/database.ts";
import { Datasets } from "./tables/datasets.ts";
import { TableData } from "./tables/tabledata.ts";
import { Tables } from "./tables/tables.ts";
import { Views } from "./tables/views.ts";
import { answer, answerError, readRequest } from "./wire/http.ts";

export interface BigQueryOptions {
  readonly projectId: string;
  /** The DuckDB file that holds everything: tables, descriptions, and the records of jobs. */
  readonly databaseFile: string;
  /** Finds the local files of the objects that a gs:// address names (`*` allowed); none when there are none. */
  readonly resolveUri: ResolveUri;
  readonly port?: number;
  /** How much memory DuckDB may use, as it writes it. What does not fit goes to `<databaseFile>.tmp`. */
  readonly memoryLimit?: string;
  readonly location?: string;
}

export interface BigQueryServer {
  /** `http://127.0.0.1:<port>`: the `apiEndpoint` of the clients, and the `--api` of bq. */
  readonly url: string;
  readonly port: number;
  /** Waits until no job runs. */
  whenIdle(): Promise<void>;
  /** Stops taking requests, stops running jobs as a crash would, and closes the file. */
  close(): Promise<void>;
}

/** Starts BigQuery's REST API over a DuckDB file, on the loopback interface only. */
export async function startBigQuery(options: BigQueryOptions): Promise<BigQueryServer> {
  const { projectId, databaseFile, resolveUri, port = 0, memoryLimit = "1GB", location = "US" } = options;
  const prelude = preludeStatements({ shared: true });
  const database = await Database.open({ file: databaseFile, catalog: projectId, memoryLimit, prelude });
  const catalog = new Catalog(projectId, location);
  const store = new JobStore(projectId);
  await catalog.create(database);
  await database.write((connection) => store.create(connection));
  const jobs = new Jobs(database, store, { project: projectId, location });
  const collections = assemble({ database, catalog, jobs, resolveUri });
  const server = createServer((request, response) => {
    readRequest(request, originOf(server))
      .then((read) => route(collections, read))
      .then((outcome) => answer(response, outcome))
      .catch((error: unknown) => answerError(response, error));
  });
  // Clients keep connections for as long as they like: a connection that is closed just when it is used again fails.
  server.keepAliveTimeout = 65_000;
  try {
    await listen(server, port);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    url: originOf(server),
    port: portOf(server),
    whenIdle: () => jobs.whenIdle(),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await jobs.close();
      server.closeAllConnections();
      await closed;
      await database.close();
    },
  };
}

interface Core {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  readonly resolveUri: ResolveUri;
}

function assemble({ database, catalog, jobs, resolveUri }: Core): Collections {
  const runner = new StatementRunner(catalog);
  const referenced = new ReferencedTables(catalog);
  const querier = new Querier({ database, catalog, runner, referenced });
  const loader = new Loader(database, catalog);
  const copier = new Copier(database, catalog);
  const jobsApi = new JobsApi({ jobs, catalog, loader, copier, querier, resolveUri });
  return {
    project: catalog.project,
    datasets: new Datasets(database, catalog),
    tables: new Tables(database, catalog, new Views(catalog, runner)),
    tableData: new TableData(database, catalog),
    jobs: jobsApi,
    queries: new QueriesApi({ jobs, catalog, database, querier }),
    uploads: new Uploads(jobsApi, database.temporaryFolder),
    discovery: discoveryDocument,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}`;
}
