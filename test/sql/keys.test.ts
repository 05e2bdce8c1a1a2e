import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type KeyDefinition, keysAcrossYears, keysByEntity } from "../../sql/generator/keys.ts";
import { columnName } from "../../sql/generator/names.ts";

const folder = join(import.meta.dirname, "../../sql");
const definitions = [...Object.values(keysByEntity), ...keysAcrossYears];

/** What may stand before the name of a key: the role of the reference that it comes from. */
const roles = ["assignment", "location", "next_year", "parent", "reported", "responsibility", "responsible_teacher"];

interface Occurrence {
  readonly place: string;
  /** The column it is given, without `_key`. */
  readonly name: string;
  readonly expression: string;
}

/** Every key made by hashing, anywhere in sql/. A hash under another name is an id that somebody else gets. */
const occurrences: readonly Occurrence[] = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".sql"))
  .flatMap((file) => occurrencesIn(file, readFileSync(join(folder, file), "utf8")));

function occurrencesIn(file: string, text: string): Occurrence[] {
  return [...text.matchAll(/to_hex\(/g)].flatMap(({ index }) => {
    const end = closing(text, index + "to_hex".length) + 1;
    const column = /^\s+as\s+(\w+)/.exec(text.slice(end))?.[1];
    if (column === undefined || !column.endsWith("_key")) return [];
    return [
      { place: `${file}: ${column}`, name: column.replace(/_key$/, ""), expression: flat(text.slice(index, end)) },
    ];
  });
}

/** Where the bracket that opens at an index closes. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === "(") depth += 1;
    if (text[i] === ")") depth -= 1;
    if (depth === 0) return i;
  }
  throw new Error("a bracket stays open");
}

function flat(expression: string): string {
  return expression.replaceAll(/\s+/g, " ").replaceAll("( ", "(").replaceAll(" )", ")");
}

/** The arguments of the outermost `to_hex(md5(concat(…)))`, or undefined when it is another hash. */
function argumentsOf(expression: string): string[] | undefined {
  const inside = /^to_hex\(md5\(concat\((.*)\)\)\)$/.exec(expression)?.[1];
  if (inside === undefined) return undefined;
  const found: string[] = [];
  let from = 0;
  for (let i = 0; i < inside.length; i += 1) {
    if (inside[i] === "(") i = closing(inside, i);
    if (inside[i] === "'") i = inside.indexOf("'", i + 1);
    if (inside[i] === ",") {
      found.push(inside.slice(from, i).trim());
      from = i + 1;
    }
  }
  return [...found, inside.slice(from).trim()];
}

/** The natural parts of a key by name: `lower(trim(cast(student_unique_id as string)))` is `student_unique_id`. */
function partsOf(expression: string): string[] {
  return (argumentsOf(expression) ?? []).filter((part) => part !== separator).map(partName);
}

/** The column of a part, or what a member of the body would be called; a part in another form is its own text. */
function partName(part: string): string {
  const bare = /^lower\(trim\((.*)\)\)$/.exec(part)?.[1] ?? part;
  const names = (/^coalesce\((.*)\)$/.exec(bare)?.[1] ?? bare).split(/, (?![^(]*\))/).map((text) => {
    const column = /^(?:cast\()?(?:\w+\.)?(\w+)(?: as string\))?$/.exec(text)?.[1];
    const member = /^json_value\([\w.]+, '\$\.(?:\w+\.)*(\w+)'\)$/.exec(text)?.[1];
    return column ?? (member === undefined ? text : columnName(member));
  });
  return names.join(" or ");
}

const separator = "'\\u001f'";

function definitionOf(name: string): KeyDefinition | undefined {
  return definitions.find((one) => name === one.name || roles.some((role) => name === `${role}_${one.name}`));
}

/** The parts of a definition, each under the name that the occurrence gives it if that is a role of its own. */
function expectedParts(definition: KeyDefinition, found: readonly string[]): string[] {
  const before = ["source_id", ...(definition.isYearly ? ["school_year"] : [])];
  const natural = definition.members.map((member, i) => {
    const part = [member].flat().map(columnName).join(" or ");
    const given = found[before.length + i] ?? "";
    return given.endsWith(`_${part}`) ? given : part;
  });
  return [...before, ...natural];
}

describe("a key", () => {
  test("is made somewhere for every definition", () => {
    const made = new Set(occurrences.map(({ name }) => name));
    expect(definitions.map(({ name }) => name).filter((name) => !made.has(name))).toEqual([]);
  });

  test("has everywhere the parts of its definition, in their order, under their names", () => {
    const different = occurrences.filter(({ name, expression }) => {
      const definition = definitionOf(name);
      const found = partsOf(expression);
      return definition !== undefined && expectedParts(definition, found).join() !== found.join();
    });
    expect(different.map(({ place, expression }) => `${place} = ${expression}`)).toEqual([]);
  });

  test("without a definition is made of the same parts wherever it is made", () => {
    const byName = new Map<string, Set<string>>();
    for (const { name, expression } of occurrences) {
      // The key of a finding is that of whatever it was found in.
      if (definitionOf(name) !== undefined || name === "entity") continue;
      byName.set(name, (byName.get(name) ?? new Set()).add(partsOf(expression).join()));
    }
    expect([...byName].filter(([, expressions]) => expressions.size > 1).map(([name]) => name)).toEqual([]);
  });

  test("has its parts separated by a character that no id has", () => {
    const careless = occurrences.filter(({ expression }) => {
      const written = argumentsOf(expression) ?? [];
      return written.length === 0 || written.some((part, i) => (part === separator) !== (i % 2 === 1));
    });
    expect(careless.map(({ place }) => place)).toEqual([]);
  });
});
