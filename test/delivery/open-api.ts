import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import * as z from "zod";
import type { Document } from "./payloads.ts";

const propertySchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  format: z.string().optional(),
  maxLength: z.number().optional(),
  items: z.looseObject({ $ref: z.string() }).optional(),
});
const schemaSchema = z.looseObject({
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), propertySchema).default({}),
});
type Schema = z.output<typeof schemaSchema>;
type Property = z.output<typeof propertySchema>;

/** A published OpenAPI document, of which only the schemas that are asked for are parsed: the whole takes seconds. */
export interface OpenApi {
  /** All that is wrong with a document of a resource, by path. Members that the resource does not know are wrong, too. */
  problems(resource: string, document: Document): string[];
}

/** The document of a data standard as the Ed-Fi Alliance published it. */
export function openApi(version: string): OpenApi {
  const file = new URL(`../../connectors/openapi/resources-ds-${version}.yaml.gz`, import.meta.url);
  const text = gunzipSync(readFileSync(file))
    .toString("utf8")
    .replaceAll(/""(#[^"]*)""/g, '"$1"');
  const parts = text.slice(text.indexOf("\n  schemas:")).split(/^ {4}(?=\w+:$)/m);
  const texts = new Map(parts.map((part) => [part.slice(0, part.indexOf(":")), part]));
  const parsed = new Map<string, Schema>();
  const schema = (name: string): Schema => {
    const known = parsed.get(name);
    if (known) return known;
    const yaml = texts.get(name);
    if (yaml === undefined) throw new Error(`the OpenAPI document of ${version} has no ${name}`);
    const [found] = Object.values(z.record(z.string(), schemaSchema).parse(parse(yaml)));
    if (!found) throw new Error(`${name} is empty`);
    parsed.set(name, found);
    return found;
  };
  return {
    problems: (resource, document) => [...problemsIn(document, schema(`edFi_${singular(resource)}`), schema, "$")],
  };
}

function singular(resource: string): string {
  return resource.replace("/ed-fi/", "").replace(/ies$/, "y").replace(/s$/, "");
}

type Find = (name: string) => Schema;
const named = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

function* problemsIn(document: Document, schema: Schema, find: Find, path: string): Iterable<string> {
  for (const name of schema.required) {
    if (document[name] === undefined) yield `${path}.${name} is required`;
  }
  for (const [name, value] of Object.entries(document)) {
    const property = schema.properties[name];
    if (property) yield* problemsOf(value, property, find, `${path}.${name}`);
    else yield `${path}.${name} is not known`;
  }
}

function* problemsOf(value: Document[string], property: Property, find: Find, path: string): Iterable<string> {
  const { $ref, items, type, format, maxLength } = property;
  const isObject = (one: unknown): one is Document => typeof one === "object" && one !== null && !Array.isArray(one);
  if ($ref !== undefined) {
    if (isObject(value)) yield* problemsIn(value, find(named($ref)), find, path);
    else yield `${path} is no object`;
  } else if (items !== undefined) {
    if (!Array.isArray(value)) return yield `${path} is no list`;
    for (const [index, item] of value.entries()) {
      if (isObject(item)) yield* problemsIn(item, find(named(items.$ref)), find, `${path}[${index}]`);
      else yield `${path}[${index}] is no object`;
    }
  } else if (type === "string") {
    if (typeof value !== "string") yield `${path} is no text`;
    else if (maxLength !== undefined && value.length > maxLength) yield `${path} is longer than ${maxLength}`;
    else if (format === "date" && !/^\d{4}-\d\d-\d\d$/.test(value)) yield `${path} is no date`;
    else if (format === "date-time" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) yield `${path} is no time`;
  } else if (type === "integer") {
    if (!Number.isInteger(value)) yield `${path} is no integer`;
  } else if (typeof value !== type) yield `${path} is no ${type}`;
}
