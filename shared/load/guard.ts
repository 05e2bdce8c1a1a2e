import type { Watermark } from "../control/watermark.ts";
import type { Manifest } from "../manifest.ts";

/** A loss of fewer rows than this is ordinary, however large its share of a small endpoint. */
const smallLoss = 10;

const remedy = `If this is right, publish it again with --mode full --accept-shrink.`;

function isShrunken(before: number, now: number, shrinkGuard: number): boolean {
  const lost = before - now;
  return lost >= smallLoss && lost > before * shrinkGuard;
}

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
  if (manifest.rows === 0) return `The full run is empty, but ${before} rows are loaded. ${remedy}`;
  if (isShrunken(before, manifest.rows, shrinkGuard)) {
    return `The full run has ${manifest.rows} rows where ${before} are loaded (a loss of more than ${Math.round(shrinkGuard * 100)} %). ${remedy}`;
  }
  return undefined;
}

/**
 * Why a run must not replace the parts that it holds, such as terms: one of them lost more than the allowed share. A part that it does not hold
 * is left as it is, so nothing can be lost there; the first run of a part takes nothing away.
 * @param loaded live rows of each part
 * @returns the reason in words, or undefined when the run may be loaded
 */
export function partShrinkReason(
  { mode, accept_shrink, holds = {} }: Manifest,
  loaded: ReadonlyMap<string, number>,
  shrinkGuard: number,
): string | undefined {
  if (mode !== "full" || accept_shrink) return undefined;
  for (const [part, now] of Object.entries(holds)) {
    const before = loaded.get(part) ?? 0;
    if (!isShrunken(before, now, shrinkGuard)) continue;
    return `The full run has ${now} rows of "${part}" where ${before} are loaded (a loss of more than ${Math.round(shrinkGuard * 100)} %). ${remedy}`;
  }
  return undefined;
}
