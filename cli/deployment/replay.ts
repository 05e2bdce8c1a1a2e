import { objectNames, runNameOf } from "../../shared/control/place.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Topics } from "../../shared/google/topics.ts";
import { type DeadLetter, readDeadLetter } from "../../shared/messages/dead-letter.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { manifestsOf, type Replayed, replayDeadLetter, replayManifest } from "../../shared/replay/replay.ts";
import { CommandError, exitCodes } from "../exit.ts";
import type { Configuration } from "../local/targets.ts";
import { deadLetterTopic } from "./names.ts";

/** Where to replay: a run that is going on, or one that this command begins. */
export interface ReplayPlace {
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  readonly topics: Topics;
}

export interface ReplayRequest {
  /** Manifests by their name or run id, dead letters by their message id. */
  readonly what: readonly string[];
  /** All dead letters, too. */
  readonly all: boolean;
  /** Dead letters are taken away and not published. */
  readonly drop: boolean;
}

/** What became of one thing that was asked for. */
export interface ReplayLine {
  readonly what: string;
  readonly kind: "manifest" | "dead letter";
  readonly did: "published" | "dropped" | "nothing";
  readonly function: string;
  readonly message_id: string | null;
  readonly error: string | null;
}

interface Chosen {
  readonly manifests: readonly string[];
  readonly letters: ReadonlySet<string>;
}

/** Dead letters looked at for the ids that were asked for. */
const lettersMax = 1000;

async function unknown(name: string, { control }: ReplayPlace): Promise<CommandError> {
  for await (const object of control.list(objectNames.checkpoints)) {
    if (runNameOf(object.name, objectNames.checkpoints)?.runId !== name) continue;
    return new CommandError(
      `The run ${name} has not ended, so it has no manifest yet. It goes on by itself: with the next rollcall run, or when the reconciler of the cloud has seen it`,
    );
  }
  return new CommandError(
    `There is no manifest, run or dead letter "${name}". Runs are listed by: rollcall runs; dead letters by: rollcall status`,
    exitCodes.usage,
  );
}

/** Finds what was asked for, before anything is published. @throws CommandError naming what there is not */
async function choose(request: ReplayRequest, place: ReplayPlace): Promise<Chosen> {
  const present = new Set((await place.topics.peek(deadLetterTopic, lettersMax)).map(({ messageId }) => messageId));
  const manifests: string[] = [];
  const letters = new Set<string>();
  for (const name of request.what) {
    if (present.has(name)) {
      letters.add(name);
      continue;
    }
    const isManifest = runNameOf(name, objectNames.manifests) && (await place.landing.stat(name));
    const found = isManifest
      ? [name]
      : (await manifestsOf(name, place.landing)).map((run) => objectNames.manifest(run, run.runId));
    if (found.length === 0) throw await unknown(name, place);
    manifests.push(...found);
  }
  if (request.drop && manifests.length > 0)
    throw new CommandError("--drop is for dead letters; a manifest stays.", exitCodes.usage);
  return { manifests, letters };
}

/**
 * Publishes again what was asked for. A dead letter is acknowledged when its message has been published, so that nothing is lost in
 * between; what cannot succeed stays where it is, and its line says why.
 */
export async function replay(
  request: ReplayRequest,
  place: ReplayPlace,
  { sources, connectors }: Configuration,
): Promise<ReplayLine[]> {
  const { manifests, letters } = await choose(request, place);
  const ports = {
    sources,
    connectors,
    control: place.control,
    clock: systemClock,
    topic: (name: string) => place.topics.topic(name),
  };
  const lines: ReplayLine[] = [];
  for (const name of manifests) {
    lines.push(published(name, "manifest", await replayManifest(name, ports)));
  }
  if (!request.all && letters.size === 0) return lines;
  await place.topics.consume(deadLetterTopic, async (message) => {
    if (!request.all && !letters.has(message.messageId)) return false;
    const letter = readDeadLetter(message);
    const line = request.drop ? dropped(letter) : await replayed(letter, () => replayDeadLetter(letter, ports));
    lines.push(line);
    return line.error === null;
  });
  return lines;
}

function published(what: string, kind: ReplayLine["kind"], { function: name, messageId }: Replayed): ReplayLine {
  return { what, kind, did: "published", function: name, message_id: messageId, error: null };
}

function dropped({ messageId, function: name }: DeadLetter): ReplayLine {
  return { what: messageId, kind: "dead letter", did: "dropped", function: name, message_id: null, error: null };
}

async function replayed(letter: DeadLetter, publish: () => Promise<Replayed>): Promise<ReplayLine> {
  const { messageId, function: name } = letter;
  try {
    return published(messageId, "dead letter", await publish());
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return {
      what: messageId,
      kind: "dead letter",
      did: "nothing",
      function: name,
      message_id: null,
      error: error.message,
    };
  }
}
