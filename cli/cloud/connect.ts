import { type EmulatorAddresses, takeEmulatorAddresses } from "../../shared/config/environment.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Credentials } from "../../shared/google/credentials.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openTopics } from "../../shared/google/topics.ts";
import { datasetLocation, openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Connection } from "../deployment/connection.ts";
import { bucketsOf } from "../deployment/names.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { callersCredentials } from "./credentials.ts";

/** A deployment in the cloud. */
export interface CloudPlace {
  readonly project: string;
  /** Where its datasets are; looked up when left out. */
  readonly location?: string | undefined;
}

interface Access {
  readonly emulators: EmulatorAddresses | undefined;
  readonly credentials: Credentials | undefined;
}

/** Any of these tells where all datasets are; who may not look at the ledger may look at the marts. */
const telling = ["ops", "marts"];

/** Where the datasets of a project are. @throws CommandError when there are none, PermanentError when none may be looked at */
async function findLocation(project: string, { emulators, credentials }: Access): Promise<string> {
  let refusal: PermanentError | undefined;
  for (const dataset of telling) {
    try {
      const options = { projectId: project, endpoint: emulators?.bigqueryUrl, credentials };
      const location = await datasetLocation(options, dataset);
      if (location) return location;
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      refusal = error;
    }
  }
  if (refusal) throw refusal;
  throw new CommandError(
    `The project ${project} has no dataset "ops" that you can see. Is Rollcall deployed there? See docs/deploy.md, or: rollcall deploy --project ${project}`,
    exitCodes.usage,
  );
}

/** How long an answer about dead letters waits for a first one; a busy Pub/Sub may have some and not give them at once. */
const patienceMs = 3000;

/** Opens a deployment in the cloud with the caller's credentials, or where the variables of emulators point instead, without any. */
export async function connectCloud({ project, location }: CloudPlace): Promise<Connection> {
  const emulators = takeEmulatorAddresses();
  const credentials = emulators ? undefined : await callersCredentials();
  const buckets = openStorage({ projectId: project, endpoint: emulators?.storageUrl, credentials });
  const topics = openTopics({
    projectId: project,
    emulatorHost: emulators?.pubsubHost,
    credentials,
    patienceMs: emulators ? 0 : patienceMs,
  });
  const names = bucketsOf(project);
  return {
    control: buckets.bucket(names.control),
    landing: buckets.bucket(names.landing),
    warehouse: openWarehouse({
      projectId: project,
      location: location ?? (await findLocation(project, { emulators, credentials })),
      endpoint: emulators?.bigqueryUrl,
      credentials,
      clock: systemClock,
    }),
    topics,
    isRunning: true,
    project,
    close: () => topics.close(),
  };
}
