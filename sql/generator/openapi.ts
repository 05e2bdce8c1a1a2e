import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import * as z from "zod";

const propertySchema = z.object({
  $ref: z.string().optional(),
  type: z.string().optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  "x-Ed-Fi-isIdentity": z.boolean().default(false),
});

const schemaSchema = z.object({
  description: z.string().optional(),
  properties: z.record(z.string(), propertySchema).default({}),
});

const documentSchema = z.object({
  tags: z.array(z.object({ name: z.string(), description: z.string().optional() })).default([]),
  paths: z.record(
    z.string(),
    z.object({
      get: z.object({ parameters: z.array(z.object({ name: z.string().optional() })).default([]) }).optional(),
    }),
  ),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});

type Document = z.infer<typeof documentSchema>;

/** What a property of a resource is. */
export type Property =
  | {
      readonly kind: "scalar";
      readonly type: string;
      readonly format?: string;
      readonly description: string;
      /** Whether the API declares it a part of the natural key. */
      readonly isIdentity: boolean;
    }
  | { readonly kind: "list" | "object"; readonly description: string }
  | { readonly kind: "reference"; readonly entity: string; readonly properties: ReadonlyMap<string, Property> };

/** A resource as the union of what the data standards say; where they differ on a property, the newest holds. */
export interface Resource {
  readonly description: string;
  readonly properties: ReadonlyMap<string, Property>;
  /** The flattened names by which a GET filters, which is how Ed-Fi itself names the members of references. */
  readonly parameters: ReadonlySet<string>;
}

/** The documents, newest data standard first, extensions last. Two of them quote references twice, which YAML refuses. */
export function readDocuments(folder: string): Document[] {
  return readdirSync(folder)
    .filter((name) => /\.yaml(\.gz)?$/.test(name))
    .sort()
    .reverse()
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
      return documentSchema.parse(parse(text.replaceAll(/""(#[^"]*)""/g, '"$1"')));
    });
}

/**
 * The union of a resource over the documents.
 * @param path the endpoint's path, such as `ed-fi/students`
 * @throws Error when no document has it
 */
export function resourceIn(documents: readonly Document[], path: string): Resource {
  if (path.endsWith("Descriptors")) return descriptorResource(path);
  const properties = new Map<string, Property>();
  const parameters = new Set<string>();
  let description: string | undefined;
  for (const document of documents) {
    const get = document.paths[`/${path}`]?.get;
    if (get === undefined) continue;
    const tag = path.slice(path.indexOf("/") + 1);
    description ??= document.tags.find(({ name }) => name === tag)?.description;
    for (const { name } of get.parameters) if (name !== undefined) parameters.add(name);
    for (const [name, property] of propertiesOf(document, schemaName(document, path))) {
      properties.set(name, united(properties.get(name), property));
    }
  }
  if (properties.size === 0) throw new Error(`no OpenAPI document has the path ${path}`);
  return { description: description ?? "", properties, parameters };
}

/** A property of which an older document may know more members, if it is a reference. */
function united(newer: Property | undefined, older: Property): Property {
  if (newer?.kind !== "reference" || older.kind !== "reference") return newer ?? older;
  return {
    ...newer,
    properties: new Map([
      ...newer.properties,
      ...[...older.properties].filter(([name]) => !newer.properties.has(name)),
    ]),
  };
}

/** `ed-fi/people` has the schema `edFi_person`: the one whose name is the path's singular. */
function schemaName(document: Document, path: string): string {
  const [extension = "", plural = ""] = path.split("/");
  const name = `${extension === "ed-fi" ? "edFi" : extension}_${singular(plural)}`;
  if (document.components.schemas[name] === undefined) throw new Error(`${path}: there is no schema ${name}`);
  return name;
}

/** The singular of an Ed-Fi collection's name. */
export function singular(plural: string): string {
  if (plural === "people") return "person";
  return plural.replace(/ies$/, "y").replace(/s$/, "");
}

function propertiesOf(document: Document, schema: string): Map<string, Property> {
  const properties = new Map<string, Property>();
  for (const [name, value] of Object.entries(document.components.schemas[schema]?.properties ?? {})) {
    const description = value.description ?? "";
    const target = value.$ref?.split("/").pop();
    if (target === undefined) {
      properties.set(
        name,
        value.type === "array"
          ? { kind: "list", description }
          : {
              kind: "scalar",
              type: value.type ?? "string",
              ...(value.format !== undefined && { format: value.format }),
              description,
              isIdentity: value["x-Ed-Fi-isIdentity"],
            },
      );
    } else if (name.endsWith("Reference")) {
      const entity = target.replace(/^[A-Za-z]+_/, "").replace(/Reference$/, "");
      const members = propertiesOf(document, target);
      members.delete("link");
      properties.set(name, { kind: "reference", entity, properties: members });
    } else {
      properties.set(name, { kind: "object", description: document.components.schemas[target]?.description ?? "" });
    }
  }
  return properties;
}

/** Descriptors are not in the resource documents; they all have one shape. */
function descriptorResource(path: string): Resource {
  const name = path.replace(/^.*\//, "").replace(/s$/, "");
  const scalar = (type: string, description: string, isIdentity = false, format?: string): Property => {
    return { kind: "scalar", type, ...(format !== undefined && { format }), description, isIdentity };
  };
  return {
    description: `Codes of the Ed-Fi code list ${name}.`,
    properties: new Map<string, Property>([
      ["namespace", scalar("string", "Namespace of the code list, which says who defined it.", true)],
      ["codeValue", scalar("string", "The code.", true)],
      ["shortDescription", scalar("string", "Short description of the code.")],
      ["description", scalar("string", "Description of the code.")],
      ["effectiveBeginDate", scalar("string", "First day on which the code may be used.", false, "date")],
      ["effectiveEndDate", scalar("string", "Last day on which the code may be used.", false, "date")],
      [`${name}Id`, scalar("integer", "Number of the code in its ODS.")],
    ]),
    parameters: new Set(),
  };
}
