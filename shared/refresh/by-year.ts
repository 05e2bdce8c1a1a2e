import { columnLiteral, stringLiteral } from "./literals.ts";
import { isCurrent, type Model } from "./model.ts";
import type { ModelState } from "./state.ts";
import { isForced } from "./state.ts";
import { isKeyword, isSign, type Token, tokensOf } from "./tokens.ts";
import type { YearContent } from "./versions.ts";

/**
 * Staging by changed school year: a table of which each row is made of one record of one endpoint takes the rows of years that did not change
 * from itself, and makes only those of the others anew. A year that is over is typed once.
 */

/** What looks at several rows at once, and so may look at those of another year. */
const lookingAround = [
  ...["over", "window", "qualify", "group", "having", "distinct", "limit"],
  ...["intersect", "except", "pivot", "unpivot", "recursive", "tablesample"],
] as const;
const yearColumns = ["source_id", "school_year"] as const;

/** Whether each row of a model is made of a single row of its one input, of the same source and school year. */
export function isByYear({ dataset, header, inputs, readsDate, sql }: Model): boolean {
  const [input, ...more] = inputs;
  if (dataset !== "staging" || header.layout.materialize !== "table" || readsDate) return false;
  if (input === undefined || !isCurrent(input) || more.length > 0) return false;
  const names = header.columns.map(({ name }) => name);
  return yearColumns.every((column) => names.includes(column)) && looksAtSingleRows(tokensOf(sql));
}

/** Without windows, groups, joins or subqueries of tables, and with the input's own source and year, nothing of one year reaches another. */
function looksAtSingleRows(tokens: readonly Token[]): boolean {
  /** For each bracket that is open: whether it holds a named part of the query, and the clause that its words stand in. */
  const open = [{ isPart: true, clause: "" }];
  for (const [at, token] of tokens.entries()) {
    const [before, next] = [tokens[at - 1], tokens[at + 1]];
    if (isSign(token, "(")) open.push({ isPart: isKeyword(before, "as"), clause: "" });
    if (isSign(token, ")")) open.pop();
    const here = open.at(-1);
    if (!here) return false;
    // "a is distinct from b" compares two values.
    if (isKeyword(token, "distinct") && isKeyword(next, "from")) continue;
    const opens = isKeyword(token, "from") && !isKeyword(before, "distinct");
    if (opens || isKeyword(token, "with", "select", "where")) here.clause = token.text.toLowerCase();
    const joins = isKeyword(token, "join") || (isSign(token, ",") && here.clause === "from");
    const isUnnest = isKeyword(next, "unnest");
    if (!isUnnest && (joins || (opens && open.some(({ isPart }) => !isPart)))) return false;
    if (isKeyword(token, ...lookingAround)) return false;
    if (isKeyword(token, "as") && isKeyword(next, ...yearColumns)) return false;
  }
  return true;
}

/** Years that a build makes anew, and that it takes from the table as it is. */
export interface Years {
  readonly changed: readonly Year[];
  readonly kept: readonly Year[];
}

type Year = Pick<YearContent, "source_id" | "school_year">;

/**
 * What is to be made anew of a model; undefined when that is all of it: at first, after a change of its text, when a person asks for it, and
 * when the last build did not come to its end, so that nobody knows which rows the table has.
 * @param contents what the endpoint holds now, by source and school year
 */
export function yearsToBuild(
  model: Model,
  state: ModelState,
  contents: readonly YearContent[] | undefined,
): Years | undefined {
  const { table } = state;
  if (!contents || !table?.contents || !isByYear(model)) return undefined;
  if (table.definition !== model.definition || state.attempt || isForced(state)) return undefined;
  const before = new Map(table.contents.map((content) => [nameOf(content), content]));
  const now = new Map(contents.map((content) => [nameOf(content), content]));
  const isKept = (name: string): boolean => before.get(name)?.fingerprint === now.get(name)?.fingerprint;
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  const years = (wanted: boolean): Year[] =>
    names.filter((name) => isKept(name) === wanted).flatMap((name) => now.get(name) ?? before.get(name) ?? []);
  const [kept, changed] = [years(true), years(false)];
  return kept.length > 0 && changed.length > 0 ? { kept, changed } : undefined;
}

function nameOf({ source_id: source, school_year: year }: Year): string {
  return `${source} ${year}`;
}

/** The SELECT of a model whose rows of years that did not change come from its own table. */
export function selectByYear({ name, sql, header }: Model, { changed }: Years): string {
  const columns = header.columns.map((column) => columnLiteral(column.name)).join(", ");
  const isChanged = changed
    .map(({ source_id, school_year }) => `(source_id = ${stringLiteral(source_id)} and school_year = ${school_year})`)
    .join(" or ");
  return [
    `select ${columns}`,
    `from ${name}`,
    `where not (${isChanged})`,
    "union all",
    `select ${columns}`,
    "from (",
    sql,
    ")",
    `where ${isChanged}`,
  ].join("\n");
}
