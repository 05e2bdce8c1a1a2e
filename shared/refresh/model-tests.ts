import type { Row, Value } from "../ports/warehouse.ts";
import type { WrittenTest } from "./header.ts";
import { columnLiteral, valueLiteral } from "./literals.ts";
import type { Model } from "./model.ts";
import { relationshipColumn } from "./relationship.ts";

/** What a test found. */
export interface TestResult {
  readonly testId: string;
  readonly severity: "error" | "warn";
  readonly status: "passed" | "failed";
  readonly failingRows: number;
}

export interface TestedRows {
  readonly rowCount: number;
  readonly years: YearCounts | undefined;
  readonly results: readonly TestResult[];
}

/** One test: the SQL that counts what fails it, and how the counts are read. */
interface PlannedTest {
  readonly id: string;
  readonly severity: "error" | "warn";
  /** An aggregate over the rows; its value is the number of rows that fail. */
  readonly aggregate?: string;
  /** Gives a SELECT of one row, `failing_n` and `compared_n`, for what needs more than one pass. */
  readonly select?: (index: number) => string;
  /** Smallest share of the compared rows that must not fail; 1 when left out. */
  readonly minMatch?: number;
}

/** The last good build, against which the volume is judged; left out when a person asked for the rebuild. */
export interface VolumeBaseline {
  readonly rowCount: number;
  /** Rows by school year, where the model has years. */
  readonly years?: YearCounts | undefined;
}

/** Rows by school year. */
export type YearCounts = Readonly<Record<string, number>>;

const defaultMinShare = 0.5;

/**
 * The tests of a model, implied and written: its key is unique and not null; what the header lists.
 * @throws SyntaxError when a value does not fit its column's type
 */
function planTests(model: Model, models: ReadonlyMap<string, Model>): PlannedTest[] {
  const { key, columns, tests } = model.header;
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const planned: PlannedTest[] = [
    { id: "unique_key", severity: "error", select: (index) => duplicateKeys(key, index) },
    ...key.map((column) => notNull(column, "error")),
  ];
  for (const test of tests) planned.push(...planTest(test, model, types, models));
  const byId = new Map<string, PlannedTest>();
  // A test written twice is one test; the sterner severity holds.
  for (const test of planned) {
    if (byId.get(test.id)?.severity !== "error") byId.set(test.id, test);
  }
  return [...byId.values()];
}

/** The tests that run with each build of a model, but for those of its volume, which need a build before. */
export function testsOf(
  model: Model,
  models: ReadonlyMap<string, Model>,
): readonly Pick<TestResult, "testId" | "severity">[] {
  return planTests(model, models).map(({ id, severity }) => ({ testId: id, severity }));
}

function planTest(
  test: WrittenTest,
  model: Model,
  types: ReadonlyMap<string, string>,
  models: ReadonlyMap<string, Model>,
): PlannedTest[] {
  const { not_null, relationship, accepted_values, range, expression, no_overlap, equal_total } = test;
  if (not_null) return not_null.columns.map((column) => notNull(column, not_null.severity));
  if (relationship) {
    const { column, to, min_match: minMatch, severity } = relationship;
    const parent = to === model.name ? model : models.get(to);
    const parentColumn = parent && relationshipColumn(relationship, parent);
    if (parentColumn === undefined) throw new SyntaxError(`${to} is no model, or has no column for ${column}`);
    const relation = to === model.name ? "candidate" : to;
    const select = (index: number) => unrelated(column, relation, parentColumn, index);
    return [{ id: `relationship.${column}.${to}`, severity, select, minMatch }];
  }
  if (accepted_values) {
    const { column, values, severity } = accepted_values;
    const type = types.get(column) ?? "";
    const element = /^ARRAY<(.*)>$/.exec(type)?.[1];
    const list = values.map((value) => valueLiteral(value, element ?? type)).join(", ");
    const name = columnLiteral(column);
    const fails =
      element === undefined
        ? `${name} not in (${list})`
        : `exists (select 1 from unnest(${name}) as element where element not in (${list}))`;
    return [{ id: `accepted_values.${column}`, severity, aggregate: `countif(${fails})` }];
  }
  if (range) {
    const { column, min, max, severity } = range;
    const type = types.get(column) ?? "";
    const name = columnLiteral(column);
    const bounds = [
      ...(min === undefined ? [] : [`${name} < ${valueLiteral(min, type)}`]),
      ...(max === undefined ? [] : [`${name} > ${valueLiteral(max, type)}`]),
    ];
    return [{ id: `range.${column}`, severity, aggregate: `countif(${bounds.join(" or ")})` }];
  }
  if (expression) {
    const { name, sql, severity } = expression;
    // The line break ends a comment with which the expression may end.
    return [{ id: `expression.${name}`, severity, aggregate: `countif(not (${sql}\n))` }];
  }
  if (no_overlap) {
    const { by, from, to, severity } = no_overlap;
    const id = `no_overlap.${[...by, from].join(".")}`;
    return [{ id, severity, select: (index) => overlapping({ by, from, to }, index) }];
  }
  if (equal_total) {
    const { name, sql, to, severity } = equal_total;
    return [{ id: `equal_total.${name}`, severity, select: (index) => unequal(sql, to, index) }];
  }
  return [];
}

function notNull(column: string, severity: "error" | "warn"): PlannedTest {
  return { id: `not_null.${column}`, severity, aggregate: `countif(${columnLiteral(column)} is null)` };
}

/** Rows beyond the first of each key. SELECT DISTINCT takes nulls for equal, as a key should. */
function duplicateKeys(key: readonly string[], index: number): string {
  const keys = `(select distinct ${key.map(columnLiteral).join(", ")} from candidate)`;
  return [
    `select (select count(*) from candidate) - (select count(*) from ${keys}) as failing_${index}`,
    `(select count(*) from candidate) as compared_${index}`,
  ].join(", ");
}

/** Values that another model does not have. Its values are taken once each, so that the join cannot multiply rows. */
function unrelated(column: string, relation: string, relationColumn: string, index: number): string {
  const name = columnLiteral(column);
  const parents = `(select distinct ${columnLiteral(relationColumn)} as related from ${relation})`;
  return [
    `select countif(parent.related is null) as failing_${index}, count(*) as compared_${index}`,
    `from (select ${name} as related from candidate where ${name} is not null) as child`,
    `left join ${parents} as parent on child.related = parent.related`,
  ].join(" ");
}

/** Spans that begin before one that began before them has ended. */
function overlapping(
  { by, from, to }: { readonly by: readonly string[]; readonly from: string; readonly to: string },
  index: number,
): string {
  const [begin, end] = [columnLiteral(from), `coalesce(${columnLiteral(to)}, date '9999-12-31')`];
  const earlier = [
    `max(${end}) over (partition by ${by.map(columnLiteral).join(", ")}`,
    `order by ${begin}, ${end} rows between unbounded preceding and 1 preceding) as ended`,
  ].join(" ");
  return [
    `select countif(begun <= ended) as failing_${index}, count(*) as compared_${index}`,
    `from (select ${begin} as begun, ${earlier} from candidate where ${begin} is not null) as spans`,
  ].join(" ");
}

/** A total of nothing counts as 0. The line breaks end comments. */
function unequal(sql: string, to: string, index: number): string {
  const totals = [`(select ${sql}\nfrom candidate)`, `(${to}\n)`].map((total) => `coalesce(${total}, 0)`);
  return `select if(${totals.join(" = ")}, 0, 1) as failing_${index}, 1 as compared_${index}`;
}

/** Rows of each year, as `2025:10,2026:12`. */
function rowsByYear(): string {
  const parts =
    "string_agg(concat(cast(school_year as string), ':', cast(year_count as string)), ',' order by school_year)";
  const counts =
    "select school_year, count(*) as year_count from candidate where school_year is not null group by school_year";
  return `by_year as (select ${parts} as year_counts from (${counts}) as counts)`;
}

function hasYears({ header }: Model): boolean {
  return header.columns.some(({ name, type }) => name === "school_year" && type === "INT64");
}

/**
 * One query for all tests of a model, because each query costs at least 10 MB per table.
 * @param source the table under test, or a SELECT in parentheses
 * @throws SyntaxError when a value in the header does not fit its column's type
 */
export function testQuery(model: Model, models: ReadonlyMap<string, Model>, source: string): string {
  const tests = planTests(model, models);
  const counts = tests.flatMap(({ aggregate }, index) => (aggregate ? [`${aggregate} as failing_${index}`] : []));
  const parts = [
    `candidate as (select * from ${source})`,
    `counted as (select ${["count(*) as row_count", ...counts].join(",\n    ")} from candidate)`,
  ];
  const names = ["counted"];
  tests.forEach(({ select }, index) => {
    if (select === undefined) return;
    parts.push(`test_${index} as (${select(index)})`);
    names.push(`test_${index}`);
  });
  if (hasYears(model)) {
    parts.push(rowsByYear());
    names.push("by_year");
  }
  return `with ${parts.join(",\n")}\nselect * from ${names.join(" cross join ")}`;
}

function count(row: Row, name: string): number {
  const value = row[name];
  const number = typeof value === "bigint" || typeof value === "string" ? Number(value) : value;
  return typeof number === "number" ? number : 0;
}

/** Reads the one row that {@link testQuery} gives, and judges it. */
export function judge(
  model: Model,
  models: ReadonlyMap<string, Model>,
  row: Row,
  baseline: VolumeBaseline | undefined,
): TestedRows {
  const rowCount = count(row, "row_count");
  const results = planTests(model, models).map(({ id, severity, select, minMatch }, index): TestResult => {
    const failingRows = count(row, `failing_${index}`);
    const compared = select === undefined ? rowCount : count(row, `compared_${index}`);
    return { testId: id, severity, status: status(failingRows, compared, minMatch), failingRows };
  });
  const years = yearCounts(row.year_counts);
  return { rowCount, years, results: [...results, ...volumeResults(model, { rowCount, years }, baseline)] };
}

function yearCounts(text: Value | undefined): YearCounts | undefined {
  if (typeof text !== "string") return undefined;
  const pairs = text.split(",").map((pair) => pair.split(":"));
  return Object.fromEntries(pairs.map(([year = "", rows]) => [year, Number(rows)]));
}

/** A share that may be missed is still no excuse for finding nothing at all. */
function status(failing: number, compared: number, minMatch = 1): "passed" | "failed" {
  if (compared === 0 || failing === 0) return "passed";
  const isEnough = minMatch < 1 && failing < compared && (compared - failing) / compared >= minMatch;
  return isEnough ? "passed" : "failed";
}

/** Years with fewer rows are left to the whole: of a year that has only begun, half may go with one school. */
const yearRowsMin = 100;

/** What a build has lost: of the whole, and of each year, for a year may vanish from a model of ten that loses a tenth. */
function volumeResults(
  model: Model,
  { rowCount, years = {} }: VolumeBaseline,
  baseline: VolumeBaseline | undefined,
): TestResult[] {
  const written = model.header.tests.find(({ volume }) => volume)?.volume;
  const minShare = written?.min_share ?? defaultMinShare;
  if (!baseline || baseline.rowCount === 0 || minShare === 0) return [];
  const severity = written?.severity ?? "error";
  const result = (testId: string, missing: number): TestResult => ({
    testId,
    severity,
    status: missing === 0 ? "passed" : "failed",
    failingRows: missing,
  });
  const lost = (before: number, now: number): number => (now >= before * minShare ? 0 : before - now);
  const whole = result("volume", lost(baseline.rowCount, rowCount));
  if (!baseline.years) return [whole];
  const large = Object.entries(baseline.years).filter(([, before]) => before >= yearRowsMin);
  const missing = large.reduce((sum, [year, before]) => sum + lost(before, years[year] ?? 0), 0);
  return [whole, result("volume_by_year", missing)];
}

/** Says in a sentence which tests stop a build, or undefined when none does. */
export function stoppingTests(results: readonly TestResult[]): string | undefined {
  const failed = results.filter(({ severity, status: outcome }) => severity === "error" && outcome === "failed");
  if (failed.length === 0) return undefined;
  const list = failed.map(({ testId, failingRows }) => `${testId} (${failingRows} rows)`).join(", ");
  const hint = failed.some(({ testId }) => testId.startsWith("volume"))
    ? " If the loss of rows is right, refresh this model with force."
    : "";
  return `Tests failed: ${list}.${hint}`;
}
