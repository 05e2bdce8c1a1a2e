import type { Metadata, Statement } from "../../googlesql/translate.ts";
import type { Described } from "../store/catalog.ts";
import type { Field } from "../wire/field.ts";

const readOnly = new Set<Statement["kind"]>(["SELECT", "DECLARE", "SET", "ASSERT"]);

/** @returns whether the statement changes nothing that outlives its job */
export function isReadOnly({ kind }: Statement): boolean {
  return readOnly.has(kind);
}

/** @returns the `statementType` of a job of these statements */
export function statementTypeOf(statements: readonly Statement[]): string {
  const [only, ...others] = statements;
  const isScript = only === undefined || others.length > 0 || ["DECLARE", "SET"].includes(only.kind);
  return isScript || only.kind.endsWith("_TRANSACTION") ? "SCRIPT" : only.kind;
}

/** @returns what a definition says, under the names that the REST API has for it */
export function describedBy(metadata: Metadata | undefined): Described {
  const { description, labels, options = {}, clusterBy, partitionBy, primaryKey } = metadata ?? {};
  const { friendly_name: friendlyName, require_partition_filter: requirePartitionFilter } = options;
  const { partition_expiration_days: expirationDays, expiration_timestamp: expiration } = options;
  const described = {
    // An option that is set to NULL takes away what was said before.
    description: "description" in options ? options.description : description,
    labels,
    friendlyName,
    requirePartitionFilter,
    expirationTime: typeof expiration === "string" ? millisecondsOf(expiration) : expiration,
    clustering: clusterBy && { fields: clusterBy },
    tableConstraints: primaryKey && { primaryKey: { columns: primaryKey } },
    ...partitioningOf(partitionBy, expirationDays),
  };
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined));
}

function millisecondsOf(timestamp: string): string | undefined {
  const milliseconds = Date.parse(timestamp);
  return Number.isNaN(milliseconds) ? undefined : String(milliseconds);
}

/** Reads the forms that PARTITION BY can have; any other was refused by BigQuery long before it came here. */
function partitioningOf(partitionBy: string | undefined, expirationDays: unknown): Described {
  if (partitionBy === undefined) return {};
  const range =
    /^RANGE_BUCKET\s*\(\s*`?(\w+)`?\s*,\s*GENERATE_ARRAY\s*\(\s*(-?\d+)\s*,\s*(-?\d+)\s*(?:,\s*(\d+)\s*)?\)\s*\)$/i.exec(
      partitionBy,
    );
  if (range !== null) {
    const [, field, start, end, interval = "1"] = range;
    return { rangePartitioning: { field, range: { start, end, interval } } };
  }
  const expirationMs = typeof expirationDays === "number" ? { expirationMs: String(expirationDays * 86_400_000) } : {};
  const truncated = /^\w+_TRUNC\s*\(\s*`?(\w+)`?\s*,\s*(HOUR|DAY|MONTH|YEAR)\s*\)$/i.exec(partitionBy);
  const field =
    truncated?.[1] ?? /^(?:DATE\s*\(\s*`?(\w+)`?\s*\)|`?(\w+)`?)$/i.exec(partitionBy)?.slice(1).find(Boolean);
  const type = truncated?.[2]?.toUpperCase() ?? "DAY";
  const isIngestion = field === undefined || /^_PARTITION(DATE|TIME)$/i.test(field);
  return { timePartitioning: { type, ...(isIngestion ? {} : { field }), ...expirationMs } };
}

/** Lays what a definition says about its columns over the columns that it made. */
export function declaredBy(metadata: Metadata | undefined, fields: readonly Field[]): Field[] {
  const columns = new Map((metadata?.columns ?? []).map((column) => [column.name.toLowerCase(), column]));
  return fields.map((field) => {
    const column = columns.get(field.name.toLowerCase());
    if (column === undefined) return field;
    const { required, description, defaultValue, options = {} } = column;
    const mode =
      required === true ? "REQUIRED" : field.mode === "REQUIRED" && required === false ? "NULLABLE" : field.mode;
    const said = "description" in options ? (options.description ?? undefined) : description;
    return {
      ...field,
      mode,
      ...(typeof said === "string" || "description" in options ? { description: said as string | undefined } : {}),
      ...(defaultValue === undefined ? {} : { defaultValueExpression: defaultValue }),
    };
  });
}
