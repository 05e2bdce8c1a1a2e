import type { Watermark } from "../../shared/control/watermark.ts";
import type { Outcome } from "../local/outcome.ts";
import { table } from "./rows.ts";

export interface SourceSummary {
  readonly source: string;
  readonly endpoints: number;
  readonly read: number;
  readonly live: number;
  readonly parts: number;
  /** Endpoints that were read whole although nobody asked for it: mostly because their source does not tell what changed. */
  readonly whole: number;
}

export interface Summary {
  readonly endpoints: readonly {
    source: string;
    endpoint: string;
    school_year: number;
    status: string;
    read: number;
    live: number;
  }[];
  /** The same by source. */
  readonly sources: readonly SourceSummary[];
  readonly models: number;
  /** Names of the models that were built. */
  readonly built: readonly string[];
  readonly parts: number;
  readonly failures: readonly { what: string; error: string }[];
  readonly seconds: number;
  readonly warehouse: string;
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** Puts together what a run did; `live` are the rows of each current view now. */
export function summarize(
  outcome: Outcome,
  watermarks: readonly Watermark[],
  seconds: number,
  warehouse: string,
): Summary {
  const live = new Map(
    watermarks.map((mark) => [`${mark.source_id}/${mark.endpoint}/${mark.school_year}`, mark.row_count]),
  );
  const endpoints = [...outcome.endpoints.values()].map((endpoint) => ({
    source: endpoint.source,
    endpoint: endpoint.endpoint,
    school_year: endpoint.schoolYear,
    status: endpoint.status,
    read: endpoint.rows,
    live: live.get(`${endpoint.source}/${endpoint.endpoint}/${endpoint.schoolYear}`) ?? 0,
  }));
  return {
    endpoints,
    sources: [...Map.groupBy(endpoints, ({ source }) => source)].map(([source, own]) => {
      const outcomes = [...outcome.endpoints.values()].filter((one) => one.source === source);
      return {
        source,
        endpoints: own.filter(({ status }) => status !== "unsupported").length,
        read: sumOf(own, ({ read }) => read),
        live: sumOf(own, (one) => one.live),
        parts: sumOf(outcomes, ({ parts }) => parts),
        whole: outcomes.filter(
          ({ mode, reason, status }) => mode === "full" && reason !== "asked" && status === "loaded",
        ).length,
      };
    }),
    models: outcome.built.size,
    built: [...outcome.built.keys()],
    parts: outcome.parts,
    failures: outcome.failures,
    seconds,
    warehouse,
  };
}

/** The summary for a person. */
export function summaryText(summary: Summary, queries: readonly string[]): string {
  const skipped = summary.endpoints.filter(({ status }) => status === "unsupported");
  const shown = summary.endpoints.filter(({ status }) => status !== "unsupported");
  const bySource = summary.sources.map(({ whole, ...source }) => source);
  const lines = [
    "",
    table(
      shown.map(({ source, endpoint, school_year, status, read, live }) => ({
        source,
        endpoint,
        school_year,
        status,
        read,
        live,
      })),
    ),
    ...(bySource.length > 1 ? ["", table(bySource)] : []),
    "",
    `${shown.length} endpoints, ${sumOf(shown, ({ live }) => live).toLocaleString("en")} live rows, ` +
      `${summary.parts} parts written, ${summary.models} models built, ${summary.seconds.toFixed(1)} s`,
  ];
  if (skipped.length > 0)
    lines.push(`Not offered by the source: ${skipped.map(({ endpoint }) => endpoint).join(", ")}`);
  if (summary.failures.length > 0) {
    lines.push(
      "",
      `${summary.failures.length} failed:`,
      ...summary.failures.map(({ what, error }) => `  ${what}: ${error}`),
    );
  } else if (summary.models === 0) {
    const parts = summary.parts === 0 ? "no part was written and " : "";
    lines.push("", `Nothing changed since the last run: ${parts}no model was rebuilt.`);
    const whole = summary.sources.filter((source) => source.whole > 0);
    if (whole.length > 0) {
      const names = whole.map(({ source }) => source).join(", ");
      const count = sumOf(whole, (source) => source.whole);
      lines.push(`Read whole, for the source does not tell what changed: ${count} endpoints of ${names}.`);
    }
  }
  lines.push("", `Warehouse: ${summary.warehouse}`);
  if (queries.length > 0) lines.push("Try:", ...queries.map((query) => `  ${query}`));
  return lines.join("\n");
}
