import { readConnectors } from "../shared/config/connectors-folder.ts";
import { type Environment, processVariables, readEnvironment } from "../shared/config/environment.ts";
import { openLocalSecrets } from "../shared/config/local-secrets.ts";
import { readSources } from "../shared/config/sources.ts";
import { openSecretManager } from "../shared/google/secrets.ts";
import { openStorage } from "../shared/google/storage.ts";
import { openTopics } from "../shared/google/topics.ts";
import { log } from "../shared/log.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { SecretStore } from "../shared/ports/secret-store.ts";

/** What every function has: its environment, its configuration, its buckets and topics. */
export function openPorts() {
  const environment = readEnvironment();
  const connectors = readConnectors(environment.connectorsFolder);
  const sources = readSources(environment.sourcesFile, connectors);
  const buckets = openStorage({ projectId: environment.projectId, endpoint: environment.storageEndpoint });
  const topics = openTopics({ projectId: environment.projectId, emulatorHost: environment.pubsubEmulatorHost });
  return {
    environment,
    connectors,
    sources,
    topics,
    landing: buckets.bucket(environment.landingBucket),
    control: buckets.bucket(environment.controlBucket),
    deadLetters: topics.topic(environment.topics.deadLetter),
    clock: systemClock,
    log,
  };
}

/** Secret Manager, or its local twin where SECRETS_FILE says so. */
export function openSecrets(environment: Environment): SecretStore {
  if (environment.secretsFile) return openLocalSecrets(environment.secretsFile, processVariables());
  return openSecretManager({ projectId: environment.projectId, clock: systemClock });
}
