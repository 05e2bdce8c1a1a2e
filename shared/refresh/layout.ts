/** How a table is partitioned: by whole numbers, or by the date in a DATE or TIMESTAMP column. */
export type Partition =
  | {
      readonly kind: "range";
      readonly column: string;
      readonly start: number;
      readonly end: number;
      readonly step: number;
    }
  | { readonly kind: "date"; readonly column: string; readonly grain: "day" | "month" | "year" };

/** How a model lies in the warehouse. BigQuery cannot replace a table by one that lies otherwise: it is dropped first. */
export interface Layout {
  readonly materialize: "table" | "view";
  readonly partition: Partition | undefined;
  readonly cluster: readonly string[];
}

/** Most partitions that one job may write. */
const partitionsMax = 4000;

const rangePattern = /^(\w+) range (-?\d+) (-?\d+)(?: step (\d+))?$/i;
const datePattern = /^(\w+) by (day|month|year)$/i;

/** Reads `school_year range 2000 2050` or `date by day`. */
export function parsePartition(text: string): Partition | undefined {
  const [, number, start, end, step] = rangePattern.exec(text) ?? [];
  if (number) return { kind: "range", column: number, start: Number(start), end: Number(end), step: Number(step ?? 1) };
  const [, date, grain] = datePattern.exec(text) ?? [];
  if (date) return { kind: "date", column: date, grain: grain?.toLowerCase() as "day" | "month" | "year" };
  return undefined;
}

/** What is wrong with the partition in a header, given the types of its columns. */
export function partitionProblem(text: string, types: ReadonlyMap<string, string>): string | undefined {
  const partition = parsePartition(text);
  if (!partition) return 'write it as "column range 2000 2050" or "column by day" (or month, year)';
  const type = types.get(partition.column);
  if (!type) return `columns has no ${partition.column}`;
  if (partition.kind === "date") {
    return /^(DATE|TIMESTAMP)$/.test(type) ? undefined : `${partition.column} is ${type}, not DATE or TIMESTAMP`;
  }
  if (type !== "INT64") return `${partition.column} is ${type}, not INT64`;
  if (partition.step < 1 || partition.end <= partition.start) return "the range is empty";
  const count = (partition.end - partition.start) / partition.step;
  return count <= partitionsMax ? undefined : `the range has more than ${partitionsMax} partitions`;
}

/** The layout as one line of text: equal layout, equal text. */
export function layoutText({ materialize, partition, cluster }: Layout): string {
  if (materialize === "view") return "view";
  const parts = ["table"];
  if (partition?.kind === "range") {
    parts.push(`partition ${partition.column} range ${partition.start} ${partition.end} step ${partition.step}`);
  }
  if (partition?.kind === "date") parts.push(`partition ${partition.column} by ${partition.grain}`);
  if (cluster.length > 0) parts.push(`cluster ${cluster.join(" ")}`);
  return parts.join(", ");
}
