import { type Source, type Sources, snakeCase, yearsOf } from "../config/sources.ts";
import { filled, selectOfRows } from "./filled.ts";
import { stringLiteral } from "./literals.ts";
import type { Model } from "./model.ts";

function list(names: readonly string[]): string {
  return `cast([${names.map((name) => stringLiteral(snakeCase(name))).join(", ")}] as array<string>)`;
}

/** The columns of ref.freshness, in their order, with what a sources file says of a source. */
function rowOf(source: Source): Record<string, string> {
  return {
    source_id: stringLiteral(source.id),
    school_years: `[${yearsOf(source).join(", ")}]`,
    endpoints: list(source.endpoints ?? []),
    excluded_endpoints: list(source.exclude),
    expected_hours: `cast(${source.stale_after_hours} as numeric)`,
    full_run_days: `cast(${source.full_run_days} as numeric)`,
  };
}

/**
 * The models with ref.freshness as the sources file fills it, so that the marts call stale what the reconciler calls stale
 * (shared/reconcile/freshness.ts): what is configured to be read, and was not loaded for longer than its source's `stale_after_hours`.
 */
export function withFreshness(models: readonly Model[], { sources }: Sources): Model[] {
  return filled(models, "ref.freshness", selectOfRows(sources.map(rowOf)));
}
