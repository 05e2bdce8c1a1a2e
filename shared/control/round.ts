import * as z from "zod";
import { ConflictError } from "../errors.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { readJson, writeJson } from "./json-object.ts";
import { objectNames, type Place } from "./place.ts";

/** The newest change version of a source and year, as one run found it: the others of its round end there too. */
const roundSchema = z.object({
  v: z.literal(1),
  change_version: z.string().regex(/^\d+$/),
  /** Just before the source was asked, and just after it answered. */
  asked_at: z.string(),
  answered_at: z.string(),
});

type Agreed = z.infer<typeof roundSchema>;

/** What one run knows when it begins. */
export interface Asking {
  /** When the round was asked for: what the source had then belongs to each of its runs. */
  readonly round: Date;
  /** When this run asked, when it had the answer, and what that was. */
  readonly askedAt: Date;
  readonly answeredAt: Date;
  readonly newest: string;
  /** The version up to which the endpoint is loaded. */
  readonly loaded: string | undefined;
}

/** How often the object is looked at again when another run was quicker to write it. */
const looksMax = 3;

/** Whether a run may end at what another run of its round has found. */
function holdsFor({ change_version, asked_at, answered_at }: Agreed, asking: Asking): boolean {
  const { round, askedAt, newest, loaded } = asking;
  const agreed = BigInt(change_version);
  if (Date.parse(asked_at) < round.getTime()) return false;
  // Less than was found before: the source was restored. Of two that asked at the same time, either may have found more.
  if (agreed > BigInt(newest) && askedAt.getTime() > Date.parse(answered_at)) return false;
  // An endpoint that was read further on its own must not go back; in a source that was restored every one does.
  return loaded === undefined || BigInt(newest) < BigInt(loaded) || agreed >= BigInt(loaded);
}

/**
 * The change version at which all runs of a round end, so that no endpoint is ahead of another by what was written between their beginnings
 * (protocols §7.14): what the first of them found. Whoever asks when nothing is agreed for this round, writes what it found itself.
 */
export async function agreeOnNewest(
  control: ObjectStore,
  { source, schoolYear }: Place,
  asking: Asking,
): Promise<string> {
  const name = objectNames.round(source, schoolYear);
  const { newest, askedAt, answeredAt } = asking;
  const own: Agreed = {
    v: 1,
    change_version: newest,
    asked_at: askedAt.toISOString(),
    answered_at: answeredAt.toISOString(),
  };
  for (let look = 0; look < looksMax; look += 1) {
    const { value, generation } = await readJson(control, name, roundSchema);
    if (value && holdsFor(value, asking)) return value.change_version;
    // What was found later than this stays: it is for others.
    if (value && value.asked_at > own.asked_at) break;
    try {
      await writeJson(control, name, own, generation);
      break;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  return own.change_version;
}
