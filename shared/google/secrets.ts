import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { SecretStore } from "../ports/secret-store.ts";

/** How long a value is kept, so that a rotated secret is in use soon without a new deployment. */
const keepMs = 5 * 60 * 1000;

const grpcNotFound = 5;
const grpcPermissionDenied = 7;

/** Reads secrets from Secret Manager. The one importer of @google-cloud/secret-manager. */
export function openSecretManager(projectId: string, clock: Clock): SecretStore {
  const client = new SecretManagerServiceClient();
  const kept = new Map<string, { value: string; until: number }>();
  return {
    read: async (name) => {
      const present = kept.get(name);
      if (present && present.until > clock.now().getTime()) return present.value;
      const path = `projects/${projectId}/secrets/${name}/versions/latest`;
      try {
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
