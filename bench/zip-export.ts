import { fork } from "node:child_process";
import { once } from "node:events";
import { startNwea } from "../sandbox/nwea/nwea.ts";
import { readZipOfCsv } from "../shared/connector/decode/zip-of-csv.ts";

/**
 * Reads a made-up district export of 2 GB as the connector engine does, and looks at the memory on the way:
 * `node bench/zip-export.ts [results]`. The sandbox that makes it runs in a process of its own.
 */

const user = "bench";
const password = "bench-password";
const [first, second] = process.argv.slice(2);
const isServing = first === "serve";
const madeUpResults = Number((isServing ? second : first) ?? 2_300_000);
/** What the last quarter of the file may take more than the second one. */
const growthMax = 1.15;

async function serve(): Promise<void> {
  const { url } = await startNwea({ user, password, madeUpResults });
  process.send?.(url);
  await once(process, "disconnect");
  process.exit(0);
}

/** Counts what passes. */
async function* counted(body: AsyncIterable<Uint8Array>, count: { packed: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    count.packed += chunk.length;
    yield chunk;
  }
}

async function measure(): Promise<void> {
  const sandbox = fork(import.meta.filename, ["serve", String(madeUpResults)], {
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
  });
  const [url] = await once(sandbox, "message");
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const { body } = await fetch(`${url}/services/reporting/dex`, { headers: { authorization } });
  if (!body) throw new Error("The sandbox sent no export.");
  const count = { packed: 0 };
  const peaks = [0, 0, 0, 0];
  const columns = { names: {}, required: ["StudentID"] };
  let [rows, jsonBytes] = [0, 0];
  for await (const batch of readZipOfCsv(counted(body, count), { files: ["AssessmentResults.csv"], columns })) {
    rows = batch.rows;
    for (const record of batch.records) jsonBytes += record.length;
    const quarter = Math.min(3, Math.floor((4 * rows) / madeUpResults));
    peaks[quarter] = Math.max(peaks[quarter] ?? 0, process.memoryUsage.rss());
  }
  sandbox.disconnect();
  const { user: userTime, system } = process.cpuUsage();
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  const figures = {
    records: rows,
    packed_mb: megabytes(count.packed),
    records_mb: megabytes(jsonBytes),
    peak_mb_by_quarter: peaks.map(megabytes),
    cpu_seconds: Math.round((userTime + system) / 1e6),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  const isFlat = (peaks[3] ?? 0) <= growthMax * (peaks[1] ?? 0);
  process.exitCode = isFlat && rows === madeUpResults + 7 ? 0 : 1;
}

await (isServing ? serve() : measure());
