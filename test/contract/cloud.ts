import { BigQuery } from "@google-cloud/bigquery";
import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { Storage } from "@google-cloud/storage";
import { describe, test } from "@jest/globals";
import { applicationDefaultCredentials } from "../../shared/google/credentials.ts";
import { openSecretManager } from "../../shared/google/secrets.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { objectStoreContract } from "./object-store.ts";
import { pubsubContract } from "./pubsub.ts";
import { type SecretsUnderTest, secretsContract } from "./secrets.ts";
import { warehouseContract } from "./warehouse.ts";

/**
 * `npm run test:cloud`: the contracts against Google's own services, in the project GOOGLE_CLOUD_PROJECT and with the caller's credentials.
 * Each makes a bucket, topics, a dataset and a secret whose names begin with rollcall-contract or contract, and takes them away again.
 */
const projectId = process.env.GOOGLE_CLOUD_PROJECT;
const location = process.env.BIGQUERY_LOCATION ?? "US";
const unique = `${Date.now().toString(36)}${process.pid.toString(36)}`;

async function whyNot(): Promise<string | undefined> {
  if (!projectId) return "GOOGLE_CLOUD_PROJECT is not set";
  return (await applicationDefaultCredentials())
    ? undefined
    : "there are no credentials: gcloud auth application-default login";
}

/** A bucket of this run alone, with a way to take it away with all that is in it. */
async function newBucket(project: string, use: string) {
  const name = `rollcall-contract-${use}-${unique}`;
  const [bucket] = await new Storage({ projectId: project }).createBucket(name, { location });
  return {
    store: openStorage({ projectId: project }).bucket(name),
    close: async () => {
      await bucket.deleteFiles({ force: true });
      await bucket.delete();
    },
  };
}

/** The project's Secret Manager; what this run adds is taken away with it. */
async function newSecrets(project: string): Promise<SecretsUnderTest> {
  const client = new SecretManagerServiceClient();
  const parent = `projects/${project}`;
  const made = new Set<string>();
  return {
    fresh: () => openSecretManager({ projectId: project, clock: systemClock }),
    add: async (name, value) => {
      if (!made.has(name)) {
        await client.createSecret({ parent, secretId: name, secret: { replication: { automatic: {} } } });
        made.add(name);
      }
      await client.addSecretVersion({ parent: `${parent}/secrets/${name}`, payload: { data: Buffer.from(value) } });
    },
    close: async () => {
      for (const name of made) await client.deleteSecret({ name: `${parent}/secrets/${name}` });
      await client.close();
    },
  };
}

const reason = await whyNot();

if (!projectId || reason !== undefined) {
  // Jest does not name what it skips when nothing else runs.
  process.stderr.write(`Nothing was tried against Google's own services: ${reason}\n`);
  describe("Google's own services", () => {
    test.skip(`do what the emulators do (skipped: ${reason})`, () => undefined);
  });
} else {
  describe("Cloud Storage", () => {
    objectStoreContract(() => newBucket(projectId, "store"));
  });

  describe("Secret Manager", () => {
    secretsContract(() => newSecrets(projectId));
  });

  describe("Pub/Sub", () => {
    pubsubContract(async () => ({ projectId, close: async () => undefined }), {
      deadLetters: "it needs grants of Google's agent, which terraform/ makes and a test should not",
      pushing: "Google's own service reaches nothing on this machine",
      filters: "Google's own service reaches nothing on this machine",
    });
  });

  describe("BigQuery", () => {
    warehouseContract(async () => {
      const { store, close } = await newBucket(projectId, "load");
      const dataset = `contract_${unique}`;
      return {
        warehouse: openWarehouse({ projectId, location, clock: systemClock }),
        store,
        dataset,
        close: async () => {
          await new BigQuery({ projectId }).dataset(dataset).delete({ force: true });
          await close();
        },
      };
    });
  });
}
