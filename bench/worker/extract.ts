import { openPorts, openSecrets } from "../../functions/ports.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { openGates } from "../../shared/control/source-slots.ts";
import { extract } from "../../shared/extract/extract.ts";
import { answer, cpuSeconds, options, peakMb } from "./answer.ts";

const { source, endpoint, runId } = options<{ source: string; endpoint: string; runId: string }>();
const ports = openPorts();
const { environment } = ports;
const extractPorts = {
  ...ports,
  http: createHttpClient({ userAgent: "rollcall-bench" }),
  secrets: openSecrets(environment),
  tokens: new TokenCache(),
  gateOf: openGates(ports),
  extractTopic: ports.topics.topic(environment.topics.extract),
  partBytes: environment.partBytes,
  workMs: 3_000_000,
  leaseMs: 3_600_000,
  attemptsMax: 1,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
};
const message = {
  v: 1 as const,
  source,
  endpoint,
  mode: "full" as const,
  trigger: "manual" as const,
  run_id: runId,
  hop: 0,
  accept_shrink: false,
};
const startedAt = performance.now();
const cpuBefore = cpuSeconds();
const summary = await extract(message, { messageId: runId, publishedAt: new Date() }, extractPorts);
answer({ ms: performance.now() - startedAt, ...summary, peakMb: peakMb(), cpuSeconds: cpuSeconds() - cpuBefore });
process.exit(0);
