import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHome } from "../../cli/local/home.ts";
import { type Host, localProject, startHost } from "../../cli/local/host.ts";
import { Outcome } from "../../cli/local/outcome.ts";
import { runPipeline } from "../../cli/local/pipeline.ts";
import { readConfiguration, selectTargets } from "../../cli/local/targets.ts";
import { Progress } from "../../cli/output/progress.ts";
import { setVariables } from "../../shared/config/environment.ts";
import { modelsFolder } from "./models.ts";

/** The deployed functions on a fresh state folder, with the emulator in this process, so that a test can come between them and their messages. */
export interface InProcess {
  readonly host: Host;
  readonly home: string;
  readonly sourcesFile: string;
  run(endpoints: readonly string[], mode?: "full" | "delta"): Promise<Outcome>;
  close(): Promise<void>;
}

export async function startInProcess(
  url: string,
  secret: { key: string; secret: string },
  /** A state folder that is there already, and the models to build in it. */
  given?: { readonly home: string; readonly sqlFolder: string },
): Promise<InProcess> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-process-"));
  const home = openHome(given?.home ?? join(folder, "home"));
  const sourcesFile = join(folder, "sources.yaml");
  writeFileSync(
    sourcesFile,
    `sources:\n  - { id: district, connector: edfi, url: "${url}", secret: district, school_years: [2011] }\n`,
  );
  setVariables({ ROLLCALL_SECRET_DISTRICT: JSON.stringify({ key: secret.key, secret: secret.secret }) });
  const sqlFolder = given?.sqlFolder ?? modelsFolder(["marts.dim_school", "staging.stg_edfi__students"]);
  setVariables({ SQL_FOLDER: sqlFolder });
  let outcome = new Outcome();
  const host = await startHost({
    home,
    sourcesFile,
    onLog: (_severity, message, fields) => outcome.take(message, fields),
    onPrint: () => undefined,
  });
  return {
    host,
    home: home.folder,
    sourcesFile,
    run: async (endpoints, mode = "delta") => {
      outcome = new Outcome();
      await runPipeline(
        host,
        { targets: selectTargets(readConfiguration(sourcesFile), { endpoint: endpoints }), mode },
        outcome,
        new Progress(outcome, home.logFile),
      );
      return outcome;
    },
    close: async () => {
      await host.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Stands between Pub/Sub and a function and delivers every message twice: one after the other, or both at once. */
export async function doubleDeliveries(
  host: Host,
  names: readonly ("extract" | "load" | "refresh")[],
  atOnce: boolean,
): Promise<() => Promise<void>> {
  const servers: Server[] = [];
  for (const name of names) {
    const target = `${host.functions.url(name)}/projects/${localProject}/topics/${name}`;
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const deliver = (): Promise<Response> =>
        fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body: Buffer.concat(chunks) });
      const both = atOnce ? await Promise.all([deliver(), deliver()]) : [await deliver(), await deliver()];
      response.writeHead(both.every(({ ok }) => ok) ? 204 : 500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    const { port } = server.address() as AddressInfo;
    await host.topics.ensurePushSubscription({
      name,
      topic: name,
      endpoint: `http://127.0.0.1:${port}/projects/${localProject}/topics/${name}`,
      ackDeadlineSeconds: 600,
      backoffSeconds: { minimum: 1, maximum: 5 },
      deadLetters: { topic: "dead-letter", attemptsMax: 30 },
    });
  }
  return async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  };
}
