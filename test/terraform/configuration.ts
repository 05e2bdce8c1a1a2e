import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Not by import: its typings ask for those of a browser, which would then hold in the whole project.
const { parse } = createRequire(import.meta.url)("@cdktf/hcl2json") as {
  parse(file: string, source: string): Promise<unknown>;
};

/** A value of an argument: a literal, or a text with ${…} in it where it is an expression. Blocks are lists of objects. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

export type Body = Readonly<Record<string, Value>>;

/** One block at the top of a file: a resource, a data source, a provider, a variable … */
export interface Declaration {
  readonly kind: "resource" | "data" | "provider" | "variable" | "output" | "locals" | "terraform";
  /** Of a resource or data source. */
  readonly type: string;
  readonly name: string;
  readonly body: Body;
  readonly file: string;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly source: string;
}

const withTypeAndName = new Set(["resource", "data"]);
const withName = new Set(["provider", "variable", "output"]);

export function isObject(value: Value | undefined): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function bodiesIn(value: Value | undefined): Body[] {
  return isList(value) ? value.filter(isObject) : [];
}

function lineOf(source: string, pattern: RegExp): number {
  return source.slice(0, source.search(pattern)).split("\n").length;
}

/** Takes the text of one file apart. */
export async function declarationsOf(file: string, source: string): Promise<Declaration[]> {
  const parsed = (await parse(file, source)) as Body;
  return Object.entries(parsed).flatMap(([kind, value]): Declaration[] => {
    const declare = (type: string, name: string, body: Body): Declaration => {
      const labels = [type, name].filter((label) => label !== "").map((label) => `"${label}" `);
      const line = lineOf(source, new RegExp(`^${kind} ${labels.join("")}\\{`, "m"));
      return { kind: kind as Declaration["kind"], type, name, body, file, line, source };
    };
    if (withTypeAndName.has(kind) && isObject(value)) {
      return Object.entries(value).flatMap(([type, named]) =>
        isObject(named)
          ? Object.entries(named).flatMap(([name, bodies]) => bodiesIn(bodies).map((body) => declare(type, name, body)))
          : [],
      );
    }
    if (withName.has(kind) && isObject(value)) {
      return Object.entries(value).flatMap(([name, bodies]) => bodiesIn(bodies).map((body) => declare("", name, body)));
    }
    return bodiesIn(value).map((body) => declare("", "", body));
  });
}

/** All declarations of terraform/. */
export async function readTerraform(): Promise<Declaration[]> {
  const files = globSync("terraform/*.tf").sort();
  const all = await Promise.all(files.map((file) => declarationsOf(file, readFileSync(file, "utf8"))));
  return all.flat();
}

/** Every text within a value, expressions among them. */
export function textsIn(value: Value): string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsIn);
  if (isObject(value)) return Object.values(value).flatMap(textsIn);
  return [];
}
