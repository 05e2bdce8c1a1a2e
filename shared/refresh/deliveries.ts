import { type Delivery, sourcesOf } from "../config/deliveries.ts";
import { type Source, type Sources, yearsOf } from "../config/sources.ts";
import { filled, selectOfRows } from "./filled.ts";
import { stringLiteral } from "./literals.ts";
import type { Model } from "./model.ts";

export const modelName = "ref.deliveries";

function text(value: string | undefined): string {
  return value === undefined ? "cast(null as string)" : stringLiteral(value);
}

function number(value: number | undefined, type: "int64" | "numeric"): string {
  return value === undefined ? `cast(null as ${type})` : `cast(${value} as ${type})`;
}

/** The columns of ref.deliveries, in their order, with what a sources file says of each, for one of the sources of a delivery. */
function rowOf(
  { pipeline, from, also_from, to, mapping }: Delivery,
  id: string,
  { sources, time_zone }: Sources,
): Record<string, string> {
  const source = (name: string): Source | undefined => sources.find((one) => one.id === name);
  const target = source(to);
  return {
    pipeline: text(pipeline),
    source_id: text(id),
    sent_as: text(from),
    target_id: text(to),
    target_school_years: `[${(target ? yearsOf(target) : []).join(", ")}]`,
    time_zone: text(source(id)?.time_zone ?? time_zone),
    data_standard: number(mapping.data_standard, "int64"),
    namespace: text(mapping.namespace),
    student_id: text(mapping.student_id),
    target_student_id: text(mapping.target_student_id),
    result_ids: text(mapping.result_ids ?? (also_from.length > 0 ? "computed" : "told")),
    into_school_year: number(mapping.into_school_year, "int64"),
    summer_term: text(mapping.summer_term),
    min_match_rate: number(mapping.min_match_rate, "numeric"),
  };
}

/** The SELECT that gives a row for each pipeline and source that is delivered; undefined when nothing is. */
function selectOf(sources: Sources): string | undefined {
  const deliveries = sources.deliveries ?? [];
  const rows = deliveries.flatMap((delivery, index) => {
    const before = deliveries.slice(0, index).filter(({ pipeline }) => pipeline === delivery.pipeline);
    const taken = new Set(before.flatMap(sourcesOf));
    return sourcesOf(delivery).flatMap((id) => (taken.has(id) ? [] : [rowOf(delivery, id, sources)]));
  });
  return selectOfRows(rows);
}

/**
 * The models with ref.deliveries as the sources file fills it: models read there which target they write for.
 */
export function withDeliveries(models: readonly Model[], sources: Sources): Model[] {
  return filled(models, modelName, selectOf(sources));
}
