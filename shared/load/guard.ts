import type { Watermark } from "../control/watermark.ts";
import type { Manifest } from "../manifest.ts";

/** A loss of fewer rows than this is ordinary, however large its share of a small endpoint. */
const smallLoss = 10;

/**
 * Why a full run must not replace what is loaded: it is empty, or it lost more than the allowed share. Such a run usually means that
 * the source was cut off, not that a school was closed (protocols §18.5, E58).
 * @returns the reason in words, or undefined when the run may be loaded
 */
export function shrinkReason(
  manifest: Manifest,
  watermark: Watermark | undefined,
  shrinkGuard: number,
): string | undefined {
  if (manifest.mode !== "full" || manifest.accept_shrink || !watermark || watermark.row_count === 0) return undefined;
  const before = watermark.row_count;
  const lost = before - manifest.rows;
  const remedy = `If this is right, publish it again with --mode full --accept-shrink.`;
  if (manifest.rows === 0) return `The full run is empty, but ${before} rows are loaded. ${remedy}`;
  if (lost >= smallLoss && lost > before * shrinkGuard) {
    return `The full run has ${manifest.rows} rows where ${before} are loaded (a loss of more than ${Math.round(shrinkGuard * 100)} %). ${remedy}`;
  }
  return undefined;
}
