import * as z from "zod";
import { PermanentError } from "../errors.ts";

const environmentSchema = z
  .object({
    GOOGLE_CLOUD_PROJECT: z.string().min(1),
    BIGQUERY_LOCATION: z.string().min(1).default("US"),
    LANDING_BUCKET: z.string().min(3),
    CONTROL_BUCKET: z.string().min(3),
    EXTRACT_TOPIC: z.string().min(3).default("extract"),
    LOAD_TOPIC: z.string().min(3).default("load"),
    REFRESH_TOPIC: z.string().min(3).default("refresh"),
    DELIVER_TOPIC: z.string().min(3).default("deliver"),
    RECONCILE_TOPIC: z.string().min(3).default("reconcile"),
    DEAD_LETTER_TOPIC: z.string().min(3).default("dead-letter"),
    SOURCES_FILE: z.string().min(1).default("sources.yaml"),
    CONNECTORS_FOLDER: z.string().min(1).default("connectors"),
    SQL_FOLDER: z.string().min(1).default("sql"),
    /** Seconds a function may work before it hands over; below the platform's timeout, which is below the lease. */
    WORK_SECONDS: z.coerce.number().min(1).max(3000).default(450),
    LEASE_SECONDS: z.coerce.number().min(1).max(7200).default(720),
    EXTRACT_ATTEMPTS_MAX: z.coerce.number().int().min(1).max(100).default(8),
    /** What is younger than this is still on its way by itself. */
    RECONCILE_GRACE_SECONDS: z.coerce.number().min(0).max(86_400).default(900),
    /** Days for which raw rows are kept that no current view needs; left out: for ever. */
    RAW_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).optional(),
    PART_MEGABYTES: z.coerce.number().min(0.01).max(1024).default(64),
    REFRESH_PARALLELISM: z.coerce.number().int().min(1).max(32).default(4),
    MAXIMUM_BYTES_BILLED: z.coerce.number().int().positive().optional(),
    /** The policy tag that personal columns of models get: `projects/…/locations/…/taxonomies/…/policyTags/…`. */
    PERSONAL_POLICY_TAG: z.string().min(1).optional(),
    /** Where views of the marts are for people who may see some students only. */
    RESTRICTED_DATASET: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/i)
      .optional(),
    /** Where a laptop keeps the credentials of its sources, instead of Secret Manager. */
    SECRETS_FILE: z.string().min(1).optional(),
    /** Addresses of the emulator; all three or none. */
    ROLLCALL_STORAGE_ENDPOINT: z.url().optional(),
    ROLLCALL_BIGQUERY_ENDPOINT: z.url().optional(),
    PUBSUB_EMULATOR_HOST: z.string().optional(),
  })
  .transform((environment) => ({
    projectId: environment.GOOGLE_CLOUD_PROJECT,
    location: environment.BIGQUERY_LOCATION,
    landingBucket: environment.LANDING_BUCKET,
    controlBucket: environment.CONTROL_BUCKET,
    topics: {
      extract: environment.EXTRACT_TOPIC,
      load: environment.LOAD_TOPIC,
      refresh: environment.REFRESH_TOPIC,
      deliver: environment.DELIVER_TOPIC,
      reconcile: environment.RECONCILE_TOPIC,
      deadLetter: environment.DEAD_LETTER_TOPIC,
    },
    sourcesFile: environment.SOURCES_FILE,
    connectorsFolder: environment.CONNECTORS_FOLDER,
    sqlFolder: environment.SQL_FOLDER,
    workMs: environment.WORK_SECONDS * 1000,
    leaseMs: environment.LEASE_SECONDS * 1000,
    extractAttemptsMax: environment.EXTRACT_ATTEMPTS_MAX,
    reconcileGraceMs: environment.RECONCILE_GRACE_SECONDS * 1000,
    rawRetentionDays: environment.RAW_RETENTION_DAYS,
    partBytes: environment.PART_MEGABYTES * 1024 * 1024,
    refreshParallelism: environment.REFRESH_PARALLELISM,
    maximumBytesBilled: environment.MAXIMUM_BYTES_BILLED,
    personalPolicyTag: environment.PERSONAL_POLICY_TAG,
    restrictedDataset: environment.RESTRICTED_DATASET,
    secretsFile: environment.SECRETS_FILE,
    storageEndpoint: environment.ROLLCALL_STORAGE_ENDPOINT,
    bigqueryEndpoint: environment.ROLLCALL_BIGQUERY_ENDPOINT,
    pubsubEmulatorHost: environment.PUBSUB_EMULATOR_HOST,
  }));

/** Every variable that is read; terraform/ sets those that the cloud has. */
export const environmentNames: readonly string[] = Object.keys(environmentSchema.in.shape);

/** What the environment says, parsed once at start. */
export type Environment = z.output<typeof environmentSchema>;

/** Reads the environment of a function or command. @throws PermanentError listing every bad variable */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const result = environmentSchema.safeParse(variables);
  if (result.success) return result.data;
  throw new PermanentError(`The environment is not complete:\n${z.prettifyError(result.error)}`);
}

const emulatorsSchema = z.object({
  ROLLCALL_STORAGE_ENDPOINT: z.string().min(1).optional(),
  STORAGE_EMULATOR_HOST: z.string().min(1).optional(),
  ROLLCALL_BIGQUERY_ENDPOINT: z.string().min(1).optional(),
  BIGQUERY_EMULATOR_HOST: z.string().min(1).optional(),
  PUBSUB_EMULATOR_HOST: z.string().min(1).optional(),
});

/** Where emulators stand in for Google's services. */
export interface EmulatorAddresses {
  readonly storageUrl: string;
  readonly bigqueryUrl: string;
  readonly pubsubHost: string;
}

function urlOf(host: string): string {
  return (/^https?:/.test(host) ? host : `http://${host}`).replace(/\/$/, "");
}

/**
 * Takes the addresses of emulators from the variables that Google's own clients and tools read, or undefined when none is set. They are
 * taken away from the environment: with STORAGE_EMULATOR_HOST the client of Cloud Storage would send requests and uploads to two paths.
 * @throws PermanentError when some are set and some not, for then a part of what a command does would happen in the cloud
 */
export function takeEmulatorAddresses(variables: NodeJS.ProcessEnv = process.env): EmulatorAddresses | undefined {
  const given = emulatorsSchema.parse(variables);
  const storage = given.ROLLCALL_STORAGE_ENDPOINT ?? given.STORAGE_EMULATOR_HOST;
  const bigquery = given.ROLLCALL_BIGQUERY_ENDPOINT ?? given.BIGQUERY_EMULATOR_HOST;
  const pubsub = given.PUBSUB_EMULATOR_HOST;
  if (!(storage || bigquery || pubsub)) return undefined;
  if (!(storage && bigquery && pubsub)) {
    throw new PermanentError(
      "Set STORAGE_EMULATOR_HOST, BIGQUERY_EMULATOR_HOST and PUBSUB_EMULATOR_HOST, all three or none: some of them are set.",
    );
  }
  for (const name of Object.keys(emulatorsSchema.shape)) delete variables[name];
  return { storageUrl: urlOf(storage), bigqueryUrl: urlOf(bigquery), pubsubHost: pubsub.replace(/^https?:\/\//, "") };
}

/** The raw environment, for the few places that pass it on (a child process, the credentials of a source). */
export function processVariables(): NodeJS.ProcessEnv {
  return process.env;
}

/** Sets variables for functions that will be loaded into this process (a local run). */
export function setVariables(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
}
