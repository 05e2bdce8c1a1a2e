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
 * Whether all that has a version up to the watermark's was committed when it was read last. The newest version counts transactions that
 * are still open, so when it stands still for the first time, rows below it may yet come (protocols §7.4).
 */
function isSettled({ since, run_started_at }: Watermark): boolean {
  return since !== undefined && Date.parse(run_started_at) - Date.parse(since) >= openMsMax;
}

/**
 * Decides what a run reads (protocols §5.2, §5.6). A delta is possible only from a watermark the source still knows; a source
 * whose newest version lies below the watermark was restored, and everything loaded from it is in doubt. Where nothing is new, the overlap
 * is read until late commits cannot come any more.
 */
export function decideScope(
  asked: "full" | "delta",
  watermark: Watermark | undefined,
  newest: string | undefined,
  overlap: number,
): Scope {
  const full = (reason: string): Scope => ({ mode: "full", reason, from: null, to: newest ?? null, isEmpty: false });
  if (newest === undefined) return full(asked === "full" ? "asked" : "the source offers no change queries");
  const loaded = watermark?.change_version ?? undefined;
  if (loaded !== undefined && BigInt(newest) < BigInt(loaded))
    return full("the source was restored to an earlier state");
  if (asked === "full") return full("asked");
  if (!watermark || loaded === undefined) return full("nothing is loaded yet");
  const isStill = BigInt(newest) === BigInt(loaded);
  if (isStill && (overlap === 0 || isSettled(watermark)))
    return { mode: "delta", reason: "nothing changed", from: newest, to: newest, isEmpty: true };
  const from = BigInt(loaded) + 1n - BigInt(overlap);
  const reason = isStill ? "nothing is new but late commits" : "asked";
  return { mode: "delta", reason, from: String(from > 0n ? from : 0n), to: newest, isEmpty: false };
}
