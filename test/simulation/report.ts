import type { Outcome } from "./simulate.ts";

const shownMax = 10;

/** A world that ended, and how it is lived again. */
export interface Reported extends Pick<Outcome, "seed" | "violations">, Partial<Pick<Outcome, "trace">> {
  readonly kind: string;
}

/** What a person needs to know of a world that ended wrong. */
export function reportOf({ seed, kind, violations }: Reported): string {
  const shown = violations.slice(0, shownMax).map((violation) => `  ${violation}`);
  const more = violations.length > shownMax ? [`  and ${violations.length - shownMax} more`] : [];
  return [
    `Seed ${seed} failed:`,
    ...shown,
    ...more,
    `Replay it: npm run simulate -- ${kind === "edfi" ? "" : `--kind ${kind} `}--seed ${seed}`,
  ].join("\n");
}
