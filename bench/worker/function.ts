import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { setLogSink } from "../../shared/log.ts";
import { answer, cpuSeconds, untilStopped } from "./answer.ts";

/**
 * The extract function as it is deployed, served by the functions framework on loopback. It prints what the function logs, and of each
 * delivery how long it took, the answer, and the most memory that was resident meanwhile.
 */
const sampleMs = 20;
let peakBytes = 0;
const sample = (): void => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
};

setLogSink((severity, message, fields) => answer({ kind: "log", severity, message, fields }));
await import("../../functions/extract/index.ts");
const server = getTestServer("extract");
server.prependListener("request", (_, response) => {
  const startedAt = performance.now();
  const cpuBefore = cpuSeconds();
  response.once("finish", () => {
    sample();
    const ms = performance.now() - startedAt;
    const peakMb = peakBytes / 1024 / 1024;
    answer({ kind: "delivered", status: response.statusCode, ms, peakMb, cpuSeconds: cpuSeconds() - cpuBefore });
    peakBytes = 0;
  });
});
await new Promise<void>((resolve, reject) => {
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
});
setInterval(sample, sampleMs);
const { port } = server.address() as AddressInfo;
answer({ kind: "listening", url: `http://127.0.0.1:${port}` });
await untilStopped();
process.exit(0);
