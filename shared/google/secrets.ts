import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import type { AuthClient } from "google-auth-library";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { SecretStore } from "../ports/secret-store.ts";

/** How long a value is kept, so that a rotated secret is in use soon without a new deployment. */
const keepMs = 5 * 60 * 1000;

const grpcNotFound = 5;
const grpcPermissionDenied = 7;

export interface SecretManagerOptions {
  readonly projectId: string;
  readonly clock: Clock;
  /** Whose credentials; those that the library finds when left out. */
  readonly credentials?: AuthClient | undefined;
  /** Another address than Google's, spoken to without credentials; for tests. */
  readonly endpoint?: URL | undefined;
}

/** Loads the client when it is needed first, and in its form without gRPC, which one short call does not need: a quarter less to load. */
async function openClient({ endpoint, credentials }: SecretManagerOptions): Promise<SecretManagerServiceClient> {
  const [library, gax] = await Promise.all([import("@google-cloud/secret-manager"), import("google-gax/fallback")]);
  if (!endpoint) {
    const options = { fallback: true, ...(credentials ? { authClient: credentials } : {}) };
    return new library.SecretManagerServiceClient(options, gax.fallback);
  }
  const { PassThroughClient } = await import("google-auth-library");
  const { hostname, port, protocol } = endpoint;
  const address = { apiEndpoint: hostname, port: Number(port), protocol: protocol.slice(0, -1) };
  const options = { ...address, fallback: true, authClient: new PassThroughClient() };
  return new library.SecretManagerServiceClient(options, gax.fallback);
}

/** Reads secrets from Secret Manager. The one importer of @google-cloud/secret-manager. */
export function openSecretManager(options: SecretManagerOptions): SecretStore {
  const { projectId, clock } = options;
  let opening: Promise<SecretManagerServiceClient> | undefined;
  const kept = new Map<string, { value: string; until: number }>();
  return {
    read: async (name) => {
      const present = kept.get(name);
      if (present && present.until > clock.now().getTime()) return present.value;
      const path = `projects/${projectId}/secrets/${name}/versions/latest`;
      try {
        opening ??= openClient(options);
        const client = await opening;
        const [version] = await client.accessSecretVersion({ name: path });
        const value = Buffer.from(version.payload?.data ?? "").toString("utf8");
        kept.set(name, { value, until: clock.now().getTime() + keepMs });
        return value;
      } catch (error) {
        const code = (error as { code?: number }).code;
        if (code === grpcNotFound || code === grpcPermissionDenied) {
          throw new PermanentError(
            `Secret Manager has no secret "${name}" that this function may read. Create it in project ${projectId} and grant the accessor role.`,
            { secret_name: name },
          );
        }
        throw new RetryableError("Secret Manager did not answer", { secret_name: name });
      }
    },
  };
}
