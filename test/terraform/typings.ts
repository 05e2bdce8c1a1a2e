import { readFileSync } from "node:fs";
import type { Attribute, Block, NestedBlock, ValueType } from "./schema.ts";

/*
 * The typings of @cdktf/provider-google are generated from the provider's schema, and each file carries its TypeScript source in its
 * source map. There, a comment says of each attribute whether it is computed, optional or required; getters have the types, and a
 * function for each struct says which of its members are blocks.
 */

interface Settable {
  readonly isBlock: boolean;
  readonly type: string;
  readonly storage: string;
}

interface ClassText {
  readonly kind: string;
  readonly body: string;
}

interface Source {
  readonly text: string;
  readonly classes: ReadonlyMap<string, ClassText>;
}

const sourceMapMark = "sourceMappingURL=data:application/json;base64,";

function sourceOf(file: string): string {
  const text = readFileSync(file, "utf8");
  const encoded = text.slice(text.lastIndexOf(sourceMapMark) + sourceMapMark.length).trim();
  const map = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as { sourcesContent: string[] };
  return map.sourcesContent[0] ?? "";
}

function readSource(file: string): Source {
  const text = sourceOf(file);
  const classes = new Map<string, ClassText>();
  for (const [, name = "", kind = "", body = ""] of text.matchAll(
    /^export class (\w+) extends cdktf\.(\w+) \{\n([\s\S]*?)^\}/gm,
  )) {
    classes.set(name, { kind, body });
  }
  return { text, classes };
}

function settables(body: string): Map<string, Settable> {
  const found = new Map<string, Settable>();
  const pattern =
    /^ +(\w+): \{\n +value: [^\n]*\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)",/gm;
  for (const [, name = "", isBlock, type = "", storage = ""] of body.matchAll(pattern)) {
    found.set(name, { isBlock: isBlock === "true", type, storage });
  }
  return found;
}

/** The settable members of a class: a struct has a function for them, a resource a method. */
function settablesOf(source: Source, name: string, { kind, body }: ClassText): Map<string, Settable> {
  if (kind !== "ComplexObject") return settables(body.slice(body.indexOf("synthesizeHclAttributes()")));
  const struct = name.replace(/OutputReference$/, "");
  const start = source.text.search(new RegExp(`^export function ${struct}ToHclTerraform\\(`, "im"));
  if (start < 0) return new Map();
  return settables(source.text.slice(start, source.text.indexOf("\n}", start)));
}

const simpleTypes: Readonly<Record<string, ValueType>> = {
  string: "string",
  number: "number",
  boolean: "bool",
  any: "dynamic",
  stringList: ["list", "string"],
  numberList: ["list", "number"],
  stringMap: ["map", "string"],
  numberMap: ["map", "number"],
  booleanMap: ["map", "bool"],
  anyMap: ["map", "dynamic"],
  stringMapList: ["list", ["map", "string"]],
};

const getterTypes: Readonly<Record<string, ValueType>> = {
  getStringAttribute: "string",
  getNumberAttribute: "number",
  getBooleanAttribute: "bool",
  getListAttribute: ["list", "string"],
  getNumberListAttribute: ["list", "number"],
  getStringMapAttribute: ["map", "string"],
  getNumberMapAttribute: ["map", "number"],
  getBooleanMapAttribute: ["map", "bool"],
  getAnyMapAttribute: ["map", "dynamic"],
  interpolationForAttribute: "dynamic",
};

function settableType({ type, storage }: Settable): ValueType | undefined {
  const simple = simpleTypes[storage];
  if (simple === undefined) return undefined;
  return type === "set" && Array.isArray(simple) ? ["set", simple[1]] : simple;
}

function objectType(block: Block): ValueType {
  const attributes = Object.entries(block.attributes ?? {}).map(([name, { type }]) => [name, type] as const);
  const nested = Object.entries(block.block_types ?? {}).map(
    ([name, { block: inner }]) => [name, ["list", objectType(inner)]] as const,
  );
  return ["object", Object.fromEntries([...attributes, ...nested])];
}

interface Member {
  readonly name: string;
  readonly flags: Pick<Attribute, "required" | "optional" | "computed">;
  readonly text: string;
}

const memberPattern = /^ +\/\/ (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$/gm;

function members(body: string): Member[] {
  const marks = [...body.matchAll(memberPattern)];
  return marks.map((mark, index) => {
    const [, name = "", computed, optional, required] = mark;
    const flags = {
      ...(required === "true" ? { required: true as const } : {}),
      ...(optional === "true" ? { optional: true as const } : {}),
      ...(computed === "true" ? { computed: true as const } : {}),
    };
    return { name, flags, text: body.slice(mark.index, marks[index + 1]?.index) };
  });
}

/** The class that stands for one element of a member, if it has members of its own. */
function elementClass({ text }: Member): { name: string; collection: "single" | "list" | "set" | "map" } | undefined {
  const [, name = "", kind, , isSet] =
    /= new (\w+?)(List|Map|OutputReference)\(this, "(\w+)"(?:, (\w+))?\)/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  if (kind === "OutputReference") return { name: `${name}OutputReference`, collection: "single" };
  if (kind === "Map") return { name: `${name}OutputReference`, collection: "map" };
  return { name: `${name}OutputReference`, collection: isSet === "true" ? "set" : "list" };
}

const collectionTypes: Readonly<Record<string, ValueType>> = {
  StringMap: ["map", "string"],
  NumberMap: ["map", "number"],
  BooleanMap: ["map", "bool"],
  AnyMap: ["map", "dynamic"],
  StringMapList: ["list", ["map", "string"]],
};

function getterType(text: string): ValueType {
  const [, collection = ""] = /= new cdktf\.(\w+)\(this, "\w+"/.exec(text) ?? [];
  const whole = collectionTypes[collection];
  if (whole !== undefined) return whole;
  const [, wrap, getter = ""] = /(tolist\()?this\.(\w+)\(['"]\w+['"]\)/.exec(text) ?? [];
  const type = getterTypes[getter];
  if (type === undefined) throw new Error(`No type is known for ${text.slice(0, 200)}`);
  return wrap && Array.isArray(type) ? ["set", type[1]] : type;
}

function nestedBlock(source: Source, member: Member, element: string, settable: Settable, isOne: boolean): NestedBlock {
  return {
    nesting_mode: settable.type === "struct" ? "single" : settable.type === "set" ? "set" : "list",
    block: blockOf(source, element),
    ...(member.flags.required ? { min_items: 1 } : {}),
    ...(isOne && settable.type !== "struct" ? { max_items: 1 } : {}),
  };
}

/** A block of a provider: its struct has a function, and no class. */
function structBlock({ text }: Source, storage: string): Block {
  const struct = storage.replace(/List$/, "");
  const start = text.search(new RegExp(`^export function ${struct}ToHclTerraform\\(`, "im"));
  const given = [...settables(text.slice(start, text.indexOf("\n}", start)))];
  return {
    attributes: Object.fromEntries(
      given.map(([name, settable]) => [name, { type: settableType(settable) ?? "dynamic", optional: true as const }]),
    ),
  };
}

function attributeType(source: Source, member: Member, settable: Settable | undefined): ValueType {
  const element = elementClass(member);
  if (element) {
    const object = objectType(blockOf(source, element.name));
    return [element.collection === "single" ? "list" : element.collection, object];
  }
  return (settable && settableType(settable)) ?? getterType(member.text);
}

function blockOf(source: Source, className: string): Block {
  const found = source.classes.get(className);
  if (!found) throw new Error(`There is no class ${className}`);
  const given = settablesOf(source, className, found);
  const attributes: Record<string, Attribute> = {};
  const blocks: Record<string, NestedBlock> = {};
  for (const member of members(found.body)) {
    const settable = given.get(member.name);
    const element = elementClass(member);
    if (settable?.isBlock && element) {
      blocks[member.name] = nestedBlock(source, member, element.name, settable, element.collection === "single");
    } else if (settable?.isBlock) {
      blocks[member.name] = { nesting_mode: "list", block: structBlock(source, settable.storage), max_items: 1 };
    } else attributes[member.name] = { type: attributeType(source, member, settable), ...member.flags };
  }
  return {
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
    ...(Object.keys(blocks).length > 0 ? { block_types: blocks } : {}),
  };
}

/** Reads the schema of the resource, data source or provider that one generated file is about, and the provider's version. */
export function schemaOf(file: string): { block: Block; version: string } {
  const source = readSource(file);
  const kinds = ["TerraformResource", "TerraformDataSource", "TerraformProvider"];
  const [main] = [...source.classes].find(([, { kind }]) => kinds.includes(kind)) ?? [];
  if (main === undefined) throw new Error(`${file} describes nothing`);
  const [, version = ""] = /providerVersion: '([\d.]+)'/.exec(source.text) ?? [];
  return { block: blockOf(source, main), version };
}
