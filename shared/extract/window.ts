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

/**
 * Decides what a run reads (protocols §5.2, §5.6). A delta is possible only from a watermark the source still knows; a source
 * whose newest version lies below the watermark was restored, and everything loaded from it is in doubt.
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
  if (loaded === undefined) return full("nothing is loaded yet");
  if (BigInt(newest) === BigInt(loaded))
    return { mode: "delta", reason: "nothing changed", from: newest, to: newest, isEmpty: true };
  const from = BigInt(loaded) + 1n - BigInt(overlap);
  return { mode: "delta", reason: "asked", from: String(from > 0n ? from : 0n), to: newest, isEmpty: false };
}
