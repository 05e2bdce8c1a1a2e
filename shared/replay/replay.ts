import type * as z from "zod";
import type { Connector } from "../config/connector.ts";
import { endpointsOf, findEndpoint, type Sources, yearsOf } from "../config/sources.ts";
import { announce } from "../control/in-flight.ts";
import { objectNames, type RunName, runNameOf } from "../control/place.ts";
import { PermanentError } from "../errors.ts";
import type { DeadLetter } from "../messages/dead-letter.ts";
import { extractMessageSchema, runIdOf } from "../messages/extract.ts";
import { loadMessageSchema } from "../messages/load.ts";
import { reconcileMessageSchema, refreshMessageSchema } from "../messages/refresh.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";

export interface ReplayPorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly control: ObjectStore;
  readonly clock: Clock;
  /** The topic of a function. */
  topic(name: string): Topic;
}

/** What was published again. */
export interface Replayed {
  readonly function: string;
  readonly messageId: string;
}

const schemas: Readonly<Record<string, z.ZodType>> = {
  extract: extractMessageSchema,
  load: loadMessageSchema,
  refresh: refreshMessageSchema,
  reconcile: reconcileMessageSchema,
};

/** The message inside a dead letter. @throws PermanentError when its function would refuse it again */
function messageOf(letter: DeadLetter): object {
  const { messageId } = letter;
  const schema = schemas[letter.function];
  if (!schema) {
    const known = Object.keys(schemas).join(", ");
    throw new PermanentError(
      `Dead letter ${messageId} is for "${letter.function}", which is no function of Rollcall (${known}). Drop it: rollcall replay ${messageId} --drop`,
      { message_id: messageId },
    );
  }
  let message: unknown;
  try {
    message = JSON.parse(letter.text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof message === "object" && message !== null && schema.safeParse(message).success) return message;
  throw new PermanentError(
    `Dead letter ${messageId} holds no message that ${letter.function} takes, so it would come back. Publish the right one (rollcall publish), then drop this one: rollcall replay ${messageId} --drop`,
    { message_id: messageId, function: letter.function },
  );
}

/** Says that the endpoints of an extract message are on their way, as every publisher does; what is not configured has no mark. */
async function announceTargets(message: z.output<typeof extractMessageSchema>, ports: ReplayPorts): Promise<void> {
  const source = ports.sources.sources.find(({ id }) => id === message.source);
  const connector = source && ports.connectors.get(source.connector);
  const endpoint = connector && findEndpoint(connector, message.endpoint)?.name;
  if (!source || !connector || !endpoint || !endpointsOf(source, connector).includes(endpoint)) return;
  const years = yearsOf(source).filter((year) => message.school_year === undefined || message.school_year === year);
  for (const schoolYear of years) {
    await announce(ports.control, { source: source.id, endpoint, schoolYear }, connector.connector, ports.clock);
  }
}

/**
 * Publishes the message of a dead letter again, to the topic it came from. The letter is still to be acknowledged, and only then. Replayed
 * twice (its acknowledgement was lost), an extract message is still one run: its run id is derived from the letter.
 * @throws PermanentError when the message cannot succeed as it is, RetryableError when it could not be published
 */
export async function replayDeadLetter(letter: DeadLetter, ports: ReplayPorts): Promise<Replayed> {
  const message = messageOf(letter);
  const topic = ports.topic(letter.function);
  if (letter.function !== "extract") {
    return { function: letter.function, messageId: await topic.publish(message) };
  }
  const parsed = extractMessageSchema.parse(message);
  await announceTargets(parsed, ports);
  // Not by the scheduler's slot: that run may have come to its end before the letter was written.
  const runId = runIdOf({ ...parsed, trigger: "manual" }, parsed.school_year ?? 0, letter);
  return { function: "extract", messageId: await topic.publish({ ...message, run_id: runId }) };
}

/** Publishes the load of a manifest again. A load that has been done is not done twice. */
export async function replayManifest(name: string, ports: Pick<ReplayPorts, "topic">): Promise<Replayed> {
  return { function: "load", messageId: await ports.topic("load").publish({ name }) };
}

/** The manifests of a run: one, or one for each school year of a message that named none. */
export async function manifestsOf(runId: string, landing: ObjectStore): Promise<RunName[]> {
  const found: RunName[] = [];
  for await (const { name } of landing.list(objectNames.manifests)) {
    const run = runNameOf(name, objectNames.manifests);
    if (run?.runId === runId) found.push(run);
  }
  return found;
}
