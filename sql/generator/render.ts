import type { Column } from "./columns.ts";
import type { KeyColumn, StagingModel } from "./model.ts";

const width = 120;

/** The SQL file of a staging model. */
export function renderModel(model: StagingModel): string {
  const [own] = model.keys;
  if (own === undefined) throw new Error(`${model.endpoint} has no key`);
  const typed = model.columns.map((column) => aliased(column.expression, column.name, 2));
  const keys = model.keys.map((key) => `${indented(key.expression, 2)} as ${key.name}`);
  return `${header(model, own)}
with records as (
    select * from current_edfi.${model.endpoint}
),

typed as (
    select
${typed.join(",\n")}
    from records
),

final as (
    select
${keys.join(",\n")},
        typed.*
    from typed
)

select * from final
`;
}

function header(model: StagingModel, own: KeyColumn): string {
  const subject = model.endpoint.replaceAll("_", " ");
  const about = firstSentence(model.description);
  const columns = [
    ...model.keys.map((key) => headerColumn(key.name, "STRING", key.description, false)),
    ...model.columns.map((column) => headerColumn(column.name, column.type, describe(column), column.isPersonal)),
  ];
  return `/* model
${folded("description", `One row per live record of ${subject} in the Ed-Fi API, typed. ${about}`.trim(), 0)}
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
${columns.join("\n")}
tests:
  - expression:
      name: natural_key_is_present
      sql: ${own.name} is not null
      severity: warn
*/`;
}

function headerColumn(name: string, type: string, description: string, isPersonal: boolean): string {
  const flow = `  ${name}: {type: ${type}, description: ${flowText(description)}${isPersonal ? ", pii: true" : ""}}`;
  if (flow.length <= width) return flow;
  const lines = [`  ${name}:`, `    type: ${type}`, folded("description", description, 4)];
  return [...lines, ...(isPersonal ? ["    pii: true"] : [])].join("\n");
}

function describe(column: Column): string {
  const text = column.description.replace(/^An unordered collection of \w+\.\s*/, "");
  const sentence = firstSentence(text);
  return sentence === "" ? `The API's ${column.name.replaceAll("_", " ")}.` : sentence;
}

/** The first sentence, cut at a word when it is a paragraph. */
function firstSentence(text: string): string {
  const flat = text.replaceAll(/\s+/g, " ").replaceAll("*/", "* /").trim();
  const sentence = /^.*?(?<!e\.g|i\.e|etc|U\.S)\.(?= [A-Z(]|$)/.exec(flat)?.[0] ?? flat;
  if (sentence.length <= 240) return sentence;
  return `${sentence.slice(0, 237).replace(/\s+\S*$/, "")}…`;
}

/** A value inside a flow mapping: plain where YAML reads it as it is, else quoted. */
function flowText(text: string): string {
  const isPlain = /^[A-Za-z][^,[\]{}#"\\]*$/.test(text) && !/:\s|:$/.test(text);
  return isPlain ? text : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function folded(name: string, text: string, indent: number): string {
  const space = " ".repeat(indent);
  const line = `${space}${name}: ${text}`;
  if (line.length <= width && /^[A-Za-z][^#"\\]*$/.test(text) && !/:\s|:$/.test(text)) return line;
  return `${space}${name}: >-\n${wrapped(text, indent + 2)}`;
}

function wrapped(text: string, indent: number): string {
  const space = " ".repeat(indent);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && space.length + line.length + 1 + word.length > width) {
      lines.push(space + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, space + line].join("\n");
}

/** An expression with its alias; a call that is too long for a line has its arguments on lines of their own. */
function aliased(expression: string, name: string, level: number): string {
  const suffix = expression === name ? "" : ` as ${name}`;
  return `${indented(broken(expression, level, suffix.length + 1), level)}${suffix}`;
}

function broken(expression: string, level: number, spare: number): string {
  const isShort = !expression.includes("\n") && level * 4 + expression.length + spare <= width;
  const call = /^(\w+)\((.*)\)$/s.exec(expression);
  const cast = /^(\w+\(.*\)) as (\w+)$/s.exec(expression);
  if (isShort || expression.includes("\n")) return expression;
  if (cast !== null) return `${broken(cast[1] ?? "", level, (cast[2] ?? "").length + 5)} as ${cast[2]}`;
  if (call === null) return expression;
  const [, name = "", inside = ""] = call;
  const parts = topLevelParts(inside).map((part) => indented(broken(part, level + 1, 1), 1));
  return `${name}(\n${parts.join(",\n")}\n)`;
}

/** Splits arguments at the commas that are in no bracket and no string. */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let from = 0;
  for (const [i, character] of [...text].entries()) {
    if (character === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  return [...parts, text.slice(from).trim()];
}

function indented(text: string, level: number): string {
  const space = "    ".repeat(level);
  return text
    .split("\n")
    .map((line) => space + line)
    .join("\n");
}
