/**
 * Writes each `dataset.table` after FROM, JOIN or a comma as one quoted name, with the alias it would have had: the evaluator knows
 * tables of one level only.
 */
export function flattenNames(sql: string, relations: readonly { readonly name: string }[]): string {
  if (relations.length === 0) return sql;
  const names = relations.map((relation) => relation.name.replace(".", "\\.")).join("|");
  const reference = new RegExp(
    `((?:\\bfrom|\\bjoin|,)\\s+)\`?(${names})\`?(?![\\w.])(\\s+as\\b|\\s+(?!${keywords})[a-z_]\\w*)?`,
    "gi",
  );
  return replaceInCode(sql, reference, (_whole, before: string, name: string, alias: string | undefined) => {
    return `${before}\`${name}\`${alias ?? ` as ${name.split(".")[1]}`}`;
  });
}

const keywords =
  "(?:where|on|using|join|left|right|full|inner|cross|group|order|having|qualify|window|limit|union|except|intersect|for|unnest)\\b";

/** Fixes the clock: `current_date(…)` and `current_timestamp()` become literals, for any engine that reads the text. */
export function fixClock(sql: string, date: string): string {
  const dates = replaceInCode(sql, /\bcurrent_date\s*(?:\((?:[^()]|\([^()]*\))*\))?/gi, () => `date '${date}'`);
  return replaceInCode(dates, /\bcurrent_timestamp\s*(?:\(\s*\))?/gi, () => `timestamp '${date} 12:00:00+00'`);
}

/** Replaces in code only: what stands in a text or a comment is left as it is. */
function replaceInCode(sql: string, pattern: RegExp, by: (...parts: string[]) => string): string {
  const kept: string[] = [];
  const masked = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.)*'/g, (text) => {
    kept.push(text);
    return `⟦${kept.length - 1}⟧`;
  });
  const unmask = (text: string): string =>
    text.replace(/⟦(\d+)⟧/g, (_mark, index: string) => kept[Number(index)] ?? "");
  return unmask(masked.replace(pattern, (...parts: string[]) => by(...parts)));
}
