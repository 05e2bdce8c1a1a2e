import type { Server } from "node:http";
import { enableCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { startSandbox } from "../../sandbox/sandbox.ts";

// Each instance of the function, and the sandbox, in a thread of its own: what one does must not make another one late.

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

enableCompileCache();
if (workerData.role === "extract") {
  await import("../../functions/extract/index.ts");
  parentPort?.postMessage({ port: await listen(getTestServer("extract")) });
} else {
  const sandbox = await startSandbox(workerData.options);
  parentPort?.on("message", () =>
    parentPort?.postMessage({
      highWater: sandbox.highWater(),
      times: sandbox.requests.map(({ at }) => Date.parse(at)),
    }),
  );
  parentPort?.postMessage({ url: sandbox.url, key: sandbox.key, secret: sandbox.secret });
}
