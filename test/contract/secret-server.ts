import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openSecretManager } from "../../shared/google/secrets.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { SecretsUnderTest } from "./secrets.ts";

/** A Secret Manager of this process, which answers as its REST reference says. */
export async function startSecretServer(): Promise<SecretsUnderTest> {
  const versions = new Map<string, string[]>();
  const server = createServer((request, response) => {
    const [, name = ""] = /\/secrets\/([\w-]+)\/versions\/latest:access/.exec(request.url ?? "") ?? [];
    const values = versions.get(name);
    const value = values?.at(-1);
    const found = value !== undefined;
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    const body = found
      ? {
          name: `projects/1/secrets/${name}/versions/${values?.length}`,
          payload: { data: Buffer.from(value).toString("base64") },
        }
      : { error: { code: 404, message: "not found", status: "NOT_FOUND" } };
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    fresh: () => openSecretManager({ projectId: "contract-project", clock: systemClock, endpoint }),
    add: async (name, value) => {
      versions.set(name, [...(versions.get(name) ?? []), value]);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
