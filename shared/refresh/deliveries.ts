import type { Delivery } from "../config/deliveries.ts";
import { type Source, type Sources, yearsOf } from "../config/sources.ts";
import { filled, selectOfRows } from "./filled.ts";
import type { Model } from "./model.ts";

export const modelName = "ref.deliveries";

function text(value: string | undefined): string {
  if (value === undefined) return "cast(null as string)";
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function number(value: number | undefined, type: "int64" | "numeric"): string {
  return value === undefined ? `cast(null as ${type})` : `cast(${value} as ${type})`;
}

/** The columns of ref.deliveries, in their order, with what a sources file says of each. */
function rowOf({ pipeline, from, to, mapping }: Delivery, { sources, time_zone }: Sources): Record<string, string> {
  const source = (id: string): Source | undefined => sources.find((one) => one.id === id);
  const target = source(to);
  return {
    pipeline: text(pipeline),
    source_id: text(from),
    target_id: text(to),
    target_school_years: `[${(target ? yearsOf(target) : []).join(", ")}]`,
    time_zone: text(source(from)?.time_zone ?? time_zone),
    data_standard: number(mapping.data_standard, "int64"),
    namespace: text(mapping.namespace),
    student_id: text(mapping.student_id),
    target_student_id: text(mapping.target_student_id),
    into_school_year: number(mapping.into_school_year, "int64"),
    summer_term: text(mapping.summer_term),
    min_match_rate: number(mapping.min_match_rate, "numeric"),
  };
}

/** The SELECT that gives a row for each pipeline and source that is delivered; undefined when nothing is. */
function selectOf(sources: Sources): string | undefined {
  const deliveries = sources.deliveries ?? [];
  const isFirst = (one: Delivery, index: number): boolean =>
    deliveries.findIndex(({ pipeline, from }) => pipeline === one.pipeline && from === one.from) === index;
  return selectOfRows(deliveries.filter(isFirst).map((delivery) => rowOf(delivery, sources)));
}

/**
 * The models with ref.deliveries as the sources file fills it: models read there which target they write for.
 */
export function withDeliveries(models: readonly Model[], sources: Sources): Model[] {
  return filled(models, modelName, selectOf(sources));
}
