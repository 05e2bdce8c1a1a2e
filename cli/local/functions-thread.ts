import type { Server } from "node:http";
import { enableCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { setLogSink } from "../../shared/log.ts";
import { type FunctionName, functionNames, type ThreadSays } from "./functions.ts";

/**
 * The thread in which the deployed functions live during a local run. The functions framework runs each call in a domain, and the
 * first domain makes every promise of its thread dearer; here that does not touch the emulator, and two cores can work at once.
 */
const entries: Record<FunctionName, () => Promise<unknown>> = {
  extract: () => import("../../functions/extract/index.ts"),
  load: () => import("../../functions/load/index.ts"),
  refresh: () => import("../../functions/refresh/index.ts"),
  deliver: () => import("../../functions/deliver/index.ts"),
  reconcile: () => import("../../functions/reconcile/index.ts"),
};

function say(what: ThreadSays): void {
  parentPort?.postMessage(what);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The functions framework's own command listens on every address of the machine; a laptop must not.
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

enableCompileCache();
setLogSink((severity, message, fields) => say({ kind: "log", severity, message, fields }));

const ports: Partial<Record<FunctionName, number>> = {};
for (const name of functionNames) {
  await entries[name]();
  ports[name] = await listen(getTestServer(name));
}
// What is asked comes back behind all that was logged before, because a port keeps the order.
parentPort?.on("message", (number: number) => say({ kind: "reached", number }));
say({ kind: "listening", ports });
