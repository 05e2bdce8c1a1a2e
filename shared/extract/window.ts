import type { Watermark } from "../control/watermark.ts";

/** What a run is going to read, and why. */
export interface Scope {
  readonly mode: "full" | "delta";
  readonly reason: string;
  /** Change versions covered, ends included; null where there is no bound. */
  readonly from: string | null;
  readonly to: string | null;
  /** The source has nothing that is not loaded: no request for records is needed. */
  readonly isEmpty: boolean;
}

/** How long a transaction of a source may stay open: Ed-Fi's are over within the timeout of a request. */
const openMsMax = 60 * 60 * 1000;

/**
 * Whether the overlap must be read although nothing is new. The newest version counts transactions that are still open, so rows below it
 * may yet come (protocols §7.4). One look is enough, but only once all of them are over: a run earlier than that reads nothing and
 * leaves it to a later one, and after a run that began late enough nothing can come any more.
 */
function awaitsLateCommits({ since, run_started_at }: Watermark, startedAt: Date): boolean {
  if (since === undefined) return true;
  const over = Date.parse(since) + openMsMax;
  return Date.parse(run_started_at) < over && startedAt.getTime() >= over;
}

/**
 * Decides what a run reads (protocols §5.2, §5.6). A delta is possible only from a watermark the source still knows; a source
 * whose newest version lies below the watermark was restored, and everything loaded from it is in doubt. Where nothing is new, the overlap
 * is read once more when late commits cannot come any more.
 *
 * @param startedAt when the run began
 */
export function decideScope(
  asked: "full" | "delta",
  watermark: Watermark | undefined,
  newest: string | undefined,
  overlap: number,
  startedAt: Date,
): Scope {
  const full = (reason: string): Scope => ({ mode: "full", reason, from: null, to: newest ?? null, isEmpty: false });
  if (newest === undefined) return full(asked === "full" ? "asked" : "the source offers no change queries");
  const loaded = watermark?.change_version ?? undefined;
  if (loaded !== undefined && BigInt(newest) < BigInt(loaded))
    return full("the source was restored to an earlier state");
  if (asked === "full") return full("asked");
  if (!watermark || loaded === undefined) return full("nothing is loaded yet");
  const isStill = BigInt(newest) === BigInt(loaded);
  if (isStill && (overlap === 0 || !awaitsLateCommits(watermark, startedAt)))
    return { mode: "delta", reason: "nothing changed", from: newest, to: newest, isEmpty: true };
  const from = BigInt(loaded) + 1n - BigInt(overlap);
  const reason = isStill ? "nothing is new but late commits" : "asked";
  return { mode: "delta", reason, from: String(from > 0n ? from : 0n), to: newest, isEmpty: false };
}
