import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { canonical, type JsonObject, type JsonValue, valueAt } from "../json/lossless.ts";

/** Flattened names of a natural key, as the API's query parameters have them, each with its path in the record. */
export type KeyPaths = Readonly<Record<string, string>>;

/** What the sandbox knows of a resource before it has seen a record of it. */
export interface ResourceShape {
  /** The name in references: `section` of `sectionReference`. */
  readonly singular: string;
  /** One natural key per data standard that changed it, oldest first. */
  readonly keys: readonly { readonly since: number; readonly key: KeyPaths }[];
  /** Query parameters beside those of the key: name → path. */
  readonly filters: KeyPaths;
  /** Singular names of the resources that records of this one refer to; optional ones too. */
  readonly references: readonly { readonly singular: string; readonly required: boolean }[];
}

const tableSchema = z.record(
  z.string(),
  z.strictObject({
    singular: z.string(),
    keys: z.array(z.strictObject({ since: z.int(), key: z.record(z.string(), z.string()) })),
    filters: z.record(z.string(), z.string()).default({}),
    scalars: z.array(z.string()).default([]),
    references: z.array(z.string()),
  }),
);

const table = readTable();
const resourceOf = new Map([...table].map(([resource, shape]) => [shape.singular.toLowerCase(), resource]));

/** Abstract resources, which only references name: any of these may be meant. */
const educationOrganizations = [...table.keys()].filter((name) =>
  /^(schools|localEducationAgencies|stateEducationAgencies|educationServiceCenters|educationOrganizationNetworks|communityOrganizations|communityProviders|organizationDepartments|postSecondaryInstitutions)$/.test(
    name,
  ),
);

const descriptorShape = (resource: string): ResourceShape => {
  const singular = resource.slice(resource.indexOf("/") + 1, -1);
  return {
    singular,
    keys: [{ since: 3, key: { namespace: "namespace", codeValue: "codeValue" } }],
    filters: Object.fromEntries(
      ["shortDescription", "description", "effectiveBeginDate", "effectiveEndDate", `${singular}Id`].map((name) => [
        name,
        name,
      ]),
    ),
    references: [],
  };
};

/** The resources a client may change the key of; all others answer a key change with 400. */
export const keyUpdatable: ReadonlySet<string> = new Set([
  "classPeriods",
  "grades",
  "gradebookEntries",
  "locations",
  "sections",
  "sessions",
  "studentSchoolAssociations",
  "studentSectionAssociations",
]);

/** The shape of a resource, or undefined for one that no data standard has (an extension, a made-up name). */
export function shapeOf(resource: string): ResourceShape | undefined {
  return isDescriptor(resource) ? descriptorShape(resource) : table.get(resource);
}

export function isDescriptor(resource: string): boolean {
  return resource.endsWith("Descriptors");
}

/**
 * The natural key of a resource, chosen by a record of it: the newest one, up to data standard `standard`, whose every path the record
 * has; else any that fits; else none, and the record's id stands in.
 */
export function keyFor(resource: string, sample: JsonObject | undefined, standard: number): KeyPaths | undefined {
  const keys = shapeOf(resource)?.keys ?? [];
  const newestFirst = [...keys].reverse();
  const order = [...newestFirst.filter((key) => key.since <= standard), ...keys.filter((key) => key.since > standard)];
  const fits = (key: KeyPaths) => Object.values(key).every((path) => sample && valueAt(sample, path) !== undefined);
  return (sample === undefined ? order[0] : order.find(({ key }) => fits(key)))?.key;
}

/** The natural key's values in a record, by flattened name; undefined when one is missing. */
export function keyValues(record: JsonObject, key: KeyPaths): JsonObject | undefined {
  const values: JsonObject = {};
  for (const [name, path] of Object.entries(key)) {
    const value = valueAt(record, path);
    if (value === undefined || value === null) {
      return undefined;
    }
    values[name] = value;
  }
  return values;
}

/** One text for a natural key, whatever order its values come in. */
export function keyText(values: JsonObject): string {
  return canonical(values);
}

/** A stable id for a record that has none: 32 hex digits from what identifies it. */
export function derivedId(resource: string, identity: string): string {
  return createHash("sha256").update(`${resource}\n${identity}`).digest("hex").slice(0, 32);
}

/**
 * The resources that a reference property may point at: `locationSchoolReference` → schools, `educationOrganizationReference` → every
 * kind of education organization. Role names stand before the resource's own name, so the longest ending that is a resource wins.
 */
export function referenceTargets(property: string): readonly string[] {
  const name = property.slice(0, -"Reference".length);
  for (let at = 0; at < name.length; at += 1) {
    if (at > 0 && !/[A-Z]/.test(name.charAt(at))) {
      continue;
    }
    const ending = name.slice(at).toLowerCase();
    if (ending === "educationorganization") {
      return educationOrganizations;
    }
    const resource = resourceOf.get(ending);
    if (resource !== undefined) {
      return [resource];
    }
  }
  return [];
}

/** The references of a resource by singular name, resolved to resources. */
export function referencedResources(resource: string): readonly { resource: string; required: boolean }[] {
  const references = shapeOf(resource)?.references ?? [];
  return references.flatMap(({ singular, required }) =>
    referenceTargets(`${singular}Reference`).map((target) => ({ resource: target, required })),
  );
}

/** The names of a resource's key as a plain value list, for messages. */
export function describeKey(values: JsonObject): string {
  return Object.entries(values)
    .map(([name, value]: [string, JsonValue]) => `${name} ${JSON.stringify(value)}`)
    .join(", ");
}

function readTable(): ReadonlyMap<string, ResourceShape> {
  const text = readFileSync(new URL("./natural-keys.json", import.meta.url), "utf8");
  const entries = Object.entries(tableSchema.parse(JSON.parse(text)));
  return new Map(
    entries.map(([resource, { singular, keys, filters, scalars, references }]) => [
      resource,
      {
        singular,
        keys,
        filters: { ...Object.fromEntries(scalars.map((name) => [name, name])), ...filters },
        references: references.map((name) => ({ singular: name.replace("?", ""), required: !name.endsWith("?") })),
      },
    ]),
  );
}
