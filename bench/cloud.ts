import { join } from "node:path";

export const projectId = "rollcall-bench";
/** How the functions are to be started (docs/decisions/2026-11-21-extract-in-little-time-and-memory.md). */
export const functionOptions = "--max-semi-space-size=4";

/** Where the emulator of a benchmark is. */
export interface Cloud {
  readonly storageUrl: string;
  readonly pubsubHost: string;
  readonly bigqueryUrl: string;
}

/** Where the sandbox of a benchmark is, and what opens it. */
export interface Api {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
}

/** The environment in which the functions of a benchmark find the emulator and their one source. */
export function variablesOf(
  cloud: Cloud,
  sourcesFile: string,
  { key, secret }: Pick<Api, "key" | "secret">,
): Record<string, string> {
  return {
    GOOGLE_CLOUD_PROJECT: projectId,
    LANDING_BUCKET: "landing",
    CONTROL_BUCKET: "control",
    ROLLCALL_STORAGE_ENDPOINT: cloud.storageUrl,
    ROLLCALL_BIGQUERY_ENDPOINT: cloud.bigqueryUrl,
    PUBSUB_EMULATOR_HOST: cloud.pubsubHost,
    METADATA_SERVER_DETECTION: "none",
    SOURCES_FILE: sourcesFile,
    SECRETS_FILE: join(sourcesFile, "..", "none.yaml"),
    ROLLCALL_SECRET_BENCH: JSON.stringify({ key, secret }),
  };
}
