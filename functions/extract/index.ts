import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { openGates } from "../../shared/control/source-slots.ts";
import { extract } from "../../shared/extract/extract.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { onMessage } from "../on-message.ts";
import { openPorts, openSecrets } from "../ports.ts";

const ports = openPorts();
const { environment } = ports;

const extractPorts = {
  ...ports,
  http: createHttpClient({ userAgent: "rollcall" }),
  secrets: openSecrets(environment),
  tokens: new TokenCache(),
  gateOf: openGates(ports),
  extractTopic: ports.topics.topic(environment.topics.extract),
  partBytes: environment.partBytes,
  workMs: environment.workMs,
  leaseMs: environment.leaseMs,
  attemptsMax: environment.extractAttemptsMax,
};

onMessage({
  name: "extract",
  schema: extractMessageSchema,
  deadLetters: ports.deadLetters,
  handle: (message, origin) => extract(message, origin, extractPorts),
});
