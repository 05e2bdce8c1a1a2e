import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { processVariables, setVariables } from "../../shared/config/environment.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type Buckets, openStorage } from "../../shared/google/storage.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import type { LogSink } from "../../shared/log.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore, StreamedStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { deadLetterTopic } from "../deployment/names.ts";
import { type FunctionHost, type FunctionName, functionNames, startFunctions } from "./functions.ts";
import type { Home } from "./home.ts";
import { shipped, sqlFolder } from "./home.ts";
import { restrictedDataset } from "./restricted.ts";

export const localProject = "rollcall-local";
export const localNames = { landing: "landing", control: "control", deadLetters: deadLetterTopic } as const;

/** Everything of a local run but the sources: emulator, functions, and clients to look at them. */
export interface Host {
  readonly emulator: Emulator;
  readonly functions: FunctionHost;
  readonly topics: Topics;
  readonly landing: StreamedStore;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  /** Resolves when no message is under way and all that the functions logged has been handed on. @throws when they died */
  whenIdle(): Promise<void>;
  close(): Promise<void>;
}

export interface HostOptions {
  readonly home: Home;
  readonly sourcesFile: string;
  /** Seconds a function works before it hands over. */
  readonly workSeconds?: number;
  /** Takes each log entry of the functions. */
  readonly onLog: LogSink;
  /** Takes what the functions framework prints by itself, line by line. */
  readonly onPrint: (line: string) => void;
}

/** Without it the clients would look for Google's metadata server before they believe that there is none. */
const noMetadataServer = { METADATA_SERVER_DETECTION: "none" };

/** What a laptop sets where Terraform sets it in the cloud. */
function localVariables(emulator: Emulator, options: HostOptions): Record<string, string> {
  const given = processVariables();
  return {
    GOOGLE_CLOUD_PROJECT: localProject,
    LANDING_BUCKET: localNames.landing,
    CONTROL_BUCKET: localNames.control,
    RESTRICTED_DATASET: restrictedDataset,
    DEAD_LETTER_TOPIC: localNames.deadLetters,
    ROLLCALL_STORAGE_ENDPOINT: emulator.storageUrl,
    ROLLCALL_BIGQUERY_ENDPOINT: emulator.bigqueryUrl,
    PUBSUB_EMULATOR_HOST: emulator.pubsubHost,
    ...noMetadataServer,
    SOURCES_FILE: options.sourcesFile,
    CONNECTORS_FOLDER: shipped.connectors,
    SQL_FOLDER: sqlFolder(),
    SECRETS_FILE: options.home.secretsFile,
    RECONCILE_GRACE_SECONDS: given.RECONCILE_GRACE_SECONDS ?? "0",
    EXTRACT_ATTEMPTS_MAX: given.EXTRACT_ATTEMPTS_MAX ?? "3",
    ...(options.workSeconds ? { WORK_SECONDS: String(options.workSeconds) } : {}),
  };
}

/** Buckets, topics, subscriptions and the notification, as terraform/ makes them in the cloud. */
async function provision(buckets: Buckets, topics: Topics, functions: FunctionHost): Promise<void> {
  await buckets.ensureBucket(localNames.landing);
  await buckets.ensureBucket(localNames.control);
  for (const topic of [...functionNames, localNames.deadLetters]) await topics.createTopic(topic);
  await topics.ensurePullSubscription(localNames.deadLetters, localNames.deadLetters);
  for (const name of functionNames) await topics.ensurePushSubscription(subscriptionOf(name, functions));
  await buckets.ensureNotification(localNames.landing, `projects/${localProject}/topics/load`, "manifests/");
}

function subscriptionOf(name: FunctionName, functions: FunctionHost): Parameters<Topics["ensurePushSubscription"]>[0] {
  return {
    name,
    topic: name,
    // The functions framework reads the topic from the path.
    endpoint: `${functions.url(name)}/projects/${localProject}/topics/${name}`,
    ackDeadlineSeconds: 600,
    backoffSeconds: { minimum: 1, maximum: 20 },
    deadLetters: { topic: localNames.deadLetters, attemptsMax: 30 },
  };
}

/** One process owns the state folder, so every lease and slot found in it is of a process that is gone. */
async function dropLeases(control: ObjectStore): Promise<void> {
  for (const prefix of ["leases/", objectNames.slots]) {
    for await (const lease of control.list(prefix)) await control.delete(lease.name);
  }
}

/** Starts the emulator and the functions on a state folder. @throws when another process has the folder open */
export async function startHost(options: HostOptions): Promise<Host> {
  const emulator = await startEmulator({ folder: options.home.folder, projectId: localProject });
  setVariables(noMetadataServer);
  const buckets = openStorage({ projectId: localProject, endpoint: emulator.storageUrl });
  const topics = openTopics({ projectId: localProject, emulatorHost: emulator.pubsubHost });
  const control = buckets.bucket(localNames.control);
  await buckets.ensureBucket(localNames.control);
  await dropLeases(control);
  const functions = await startFunctions({
    variables: localVariables(emulator, options),
    onLog: options.onLog,
    onPrint: options.onPrint,
  });
  await provision(buckets, topics, functions);
  return {
    emulator,
    functions,
    topics,
    control,
    landing: buckets.bucket(localNames.landing),
    warehouse: openWarehouse({
      projectId: localProject,
      location: "US",
      endpoint: emulator.bigqueryUrl,
      clock: systemClock,
    }),
    whenIdle: async () => {
      await Promise.race([emulator.whenIdle(), functions.failed]);
      await functions.flushLog();
    },
    close: async () => {
      await topics.close();
      await functions.close();
      await emulator.close();
    },
  };
}
