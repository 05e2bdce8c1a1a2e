import { type Body, type Declaration, isList, isObject, type Value } from "./configuration.ts";
import type { Attribute, Block, NestedBlock, ProviderSchemas, ValueType } from "./schema.ts";

/** What is wrong, and where. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly where: string;
  readonly problem: string;
}

export interface Checked {
  readonly findings: readonly Finding[];
  readonly resources: number;
  readonly arguments: number;
}

/** Arguments that Terraform itself takes, whatever the resource. */
const metaArguments = new Set(["for_each", "count", "depends_on", "lifecycle", "provider"]);

interface Place {
  readonly declaration: Declaration;
  readonly path: readonly string[];
}

class Check {
  readonly findings: Finding[] = [];
  argumentCount = 0;

  report({ declaration, path }: Place, problem: string): void {
    const { kind, type, name, file } = declaration;
    const where = [`${kind} ${[type, name].filter(Boolean).join(".")}`, ...path].join(" ");
    this.findings.push({ file, line: lineOf(declaration, path), where, problem });
  }

  block(block: Block, body: Body, place: Place, isTop: boolean): void {
    const dynamic = isObject(body.dynamic) ? body.dynamic : {};
    for (const [name, value] of Object.entries(body)) {
      if (name === "dynamic" || (isTop && metaArguments.has(name))) continue;
      this.argument(block, name, value, { ...place, path: [...place.path, name] });
    }
    for (const [name, blocks] of Object.entries(dynamic)) this.dynamic(block, name, blocks, place);
    this.missing(block, body, dynamic, place);
  }

  argument(block: Block, name: string, value: Value, place: Place): void {
    this.argumentCount += 1;
    const attribute = block.attributes?.[name];
    const nested = block.block_types?.[name];
    if (attribute) this.attribute(attribute, value, place);
    else if (nested) this.nested(nested, value, place);
    else this.report(place, "the provider knows no such argument");
  }

  attribute({ type, required, optional }: Attribute, value: Value, place: Place): void {
    if (!required && !optional) this.report(place, "is told by the provider and cannot be set");
    const problem = typeProblem(type, value);
    if (problem) this.report(place, problem);
  }

  nested({ block, max_items: max }: NestedBlock, value: Value, place: Place): void {
    if (!isList(value) || !value.every(isObject)) {
      this.report(place, "is a block, not an argument");
      return;
    }
    if (max !== undefined && value.length > max) this.report(place, `may be there ${max} times at most`);
    for (const body of value) if (isObject(body)) this.block(block, body, place, false);
  }

  dynamic(block: Block, name: string, blocks: Value, place: Place): void {
    const inner = { ...place, path: [...place.path, name] };
    const nested = block.block_types?.[name];
    if (!nested) {
      this.report(inner, "the provider knows no such block");
      return;
    }
    for (const one of isList(blocks) ? blocks.filter(isObject) : []) {
      if (one.for_each === undefined) this.report(inner, "a dynamic block needs for_each");
      this.argumentCount += 1;
      for (const content of isList(one.content) ? one.content.filter(isObject) : []) {
        this.block(nested.block, content, inner, false);
      }
    }
  }

  missing({ attributes = {}, block_types: blocks = {} }: Block, body: Body, dynamic: Body, place: Place): void {
    for (const [name, { required }] of Object.entries(attributes)) {
      if (required && body[name] === undefined) this.report(place, `the argument ${name} is missing`);
    }
    for (const [name, { min_items: min = 0 }] of Object.entries(blocks)) {
      if (min > 0 && !(name in body) && !(name in dynamic)) this.report(place, `the block ${name} is missing`);
    }
  }
}

/** The line on which the last name of a path stands, as far as the text tells; else that of the declaration. */
function lineOf({ source, line }: Declaration, path: readonly string[]): number {
  const lines = source.split("\n");
  let at = line - 1;
  for (const name of path) {
    const pattern = new RegExp(`^\\s*(dynamic "${name}"|${name})\\s*[={]`);
    const found = lines.findIndex((text, index) => index > at && pattern.test(text));
    if (found >= 0) at = found;
  }
  return at + 1;
}

/** Whether a literal can be made into the type, as Terraform does it; an expression may be anything. */
function typeProblem(type: ValueType, value: Value): string | undefined {
  if (value === null || type === "dynamic" || (typeof value === "string" && value.includes("${"))) return undefined;
  if (typeof type === "string") return primitiveProblem(type, value);
  if (type[0] === "map" || type[0] === "object") {
    if (!isObject(value)) return `must be a map, not ${nameOf(value)}`;
    const types = type[0] === "object" ? type[1] : {};
    const other = type[0] === "map" ? type[1] : "dynamic";
    const problems = Object.entries(value).map(([name, one]) => typeProblem(types[name] ?? other, one));
    return problems.find((problem) => problem !== undefined);
  }
  if (!isList(value)) return `must be a list, not ${nameOf(value)}`;
  return value.map((one) => typeProblem(type[1], one)).find((problem) => problem !== undefined);
}

function primitiveProblem(type: "string" | "number" | "bool" | "dynamic", value: Value): string | undefined {
  if (isList(value) || isObject(value)) return `must be a ${type}, not ${nameOf(value)}`;
  if (type === "number" && Number.isNaN(Number(value === "" ? Number.NaN : value)))
    return `must be a number, not ${nameOf(value)}`;
  if (type === "bool" && !["true", "false"].includes(String(value))) return `must be a bool, not ${nameOf(value)}`;
  return undefined;
}

function nameOf(value: Value): string {
  if (isList(value)) return "a list";
  if (isObject(value)) return "a map";
  return JSON.stringify(value);
}

function blockFor(
  { kind, type, name, body }: Declaration,
  { provider_schemas: schemas }: ProviderSchemas,
): Block | undefined {
  const named = (short: string) => schemas[`registry.terraform.io/hashicorp/${short}`];
  if (kind === "provider") return named(name)?.provider.block;
  const provider = typeof body.provider === "string" ? body.provider.replaceAll(/[${}]/g, "") : type.split("_")[0];
  const schema = named(provider ?? "");
  return (kind === "resource" ? schema?.resource_schemas[type] : schema?.data_source_schemas[type])?.block;
}

/** Holds every argument and block of resources, data sources and providers against the provider's schema. */
export function checkArguments(declarations: readonly Declaration[], schemas: ProviderSchemas): Checked {
  const check = new Check();
  const checked = declarations.filter(({ kind }) => kind === "resource" || kind === "data" || kind === "provider");
  for (const declaration of checked) {
    const place = { declaration, path: [] };
    const block = blockFor(declaration, schemas);
    if (block) check.block(block, declaration.body, place, true);
    else check.report(place, "the schema has none of this type: npm run terraform:schema");
  }
  return { findings: check.findings, resources: checked.length, arguments: check.argumentCount };
}
