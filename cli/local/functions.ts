import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";

export const functionNames = ["extract", "load", "refresh", "reconcile"] as const;
export type FunctionName = (typeof functionNames)[number];

const entries: Record<FunctionName, () => Promise<unknown>> = {
  extract: () => import("../../functions/extract/index.ts"),
  load: () => import("../../functions/load/index.ts"),
  refresh: () => import("../../functions/refresh/index.ts"),
  reconcile: () => import("../../functions/reconcile/index.ts"),
};

/** The deployed functions at work in this process, each on its own port of the loopback address. */
export interface FunctionHost {
  url(name: FunctionName): string;
  close(): Promise<void>;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The functions framework's own command listens on every address of the machine; a laptop must not.
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Loads the functions as they are deployed (functions/) and serves them by the functions framework. The environment must be set. */
export async function startFunctions(): Promise<FunctionHost> {
  const servers = new Map<FunctionName, { server: Server; port: number }>();
  for (const name of functionNames) {
    await entries[name]();
    const server = getTestServer(name);
    servers.set(name, { server, port: await listen(server) });
  }
  return {
    url: (name) => `http://127.0.0.1:${servers.get(name)?.port}`,
    close: async () => {
      for (const { server } of servers.values()) {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      }
    },
  };
}
