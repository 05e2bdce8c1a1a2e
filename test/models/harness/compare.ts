import type { Expectation } from "./case.ts";
import type { Cell, CellRow } from "./value.ts";

export interface ComparisonOptions {
  /** Whether a row that was not expected is a difference. */
  readonly complete?: boolean;
  /** Columns by which a row is named in a difference; all that are compared if none are given. */
  readonly label?: readonly string[];
}

/**
 * Compares the rows of a result with those expected, as multisets, on the columns the expectation names.
 * @returns one line for each difference: the closest rows are paired, and the columns in which they differ are named
 */
export function differences(
  expected: Expectation,
  actual: readonly CellRow[],
  { complete = true, label = [] }: ComparisonOptions = {},
): string[] {
  const columns = expected.columns.map((column) => column.name);
  const missing: CellRow[] = [];
  const left = new Map<string, CellRow[]>();
  for (const row of actual) {
    const text = rowText(columns, row);
    const same = left.get(text);
    if (same === undefined) left.set(text, [row]);
    else same.push(row);
  }
  for (const row of expected.rows) {
    if (left.get(rowText(columns, row))?.pop() === undefined) missing.push(row);
  }
  const surplus = [...left.values()].flat();
  return report(columns, missing, surplus, complete, label.length === 0 ? columns : label);
}

function report(
  columns: readonly string[],
  missing: readonly CellRow[],
  surplus: CellRow[],
  complete: boolean,
  label: readonly string[],
): string[] {
  const lines = missing.map((row) => {
    const nearest = closest(columns, row, surplus);
    if (nearest === undefined) return `missing row: ${shown(columns, row)}`;
    if (complete) surplus.splice(surplus.indexOf(nearest), 1);
    const changes = differing(columns, row, nearest).map(
      (column) => `${column}: expected ${cellText(row[column])}, got ${cellText(nearest[column])}`,
    );
    return `row ${shown(label, row)}\n    ${changes.join("\n    ")}`;
  });
  if (!complete) return lines;
  return [...lines, ...surplus.map((row) => `surplus row: ${shown(columns, row)}`)];
}

/** The row that agrees in most columns, if it agrees in any. */
function closest(columns: readonly string[], row: CellRow, candidates: readonly CellRow[]): CellRow | undefined {
  let best: CellRow | undefined;
  let fewest = columns.length;
  for (const candidate of candidates.slice(0, 1000)) {
    const count = differing(columns, row, candidate).length;
    if (count < fewest) {
      best = candidate;
      fewest = count;
    }
  }
  return best;
}

function differing(columns: readonly string[], a: CellRow, b: CellRow): string[] {
  return columns.filter((column) => cellText(a[column]) !== cellText(b[column]));
}

function shown(columns: readonly string[], row: CellRow): string {
  return columns.map((column) => `${column}=${cellText(row[column])}`).join(" ");
}

function cellText(cell: Cell | undefined): string {
  return JSON.stringify(cell ?? null);
}

/** A row on some columns, as text that is equal exactly when the rows are. */
export function rowText(columns: readonly string[], row: CellRow): string {
  return JSON.stringify(columns.map((column) => row[column] ?? null));
}

/** Rows that break the model's key: twice the same, or a NULL in it. */
export function keyProblems(key: readonly string[], rows: readonly CellRow[]): string[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const text = rowText(key, row);
    const isFirst = !seen.has(text);
    seen.add(text);
    if (key.some((column) => (row[column] ?? null) === null)) return [`a NULL in the key: ${shown(key, row)}`];
    return isFirst ? [] : [`two rows of one key: ${shown(key, row)}`];
  });
}
