import * as z from "zod";

/** What of a schema says something about a value (OpenAPI 2 and 3 write it alike). */
export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  /** Written out where members beside those described are taken. */
  readonly additionalProperties?: unknown;
  readonly "x-Ed-Fi-isIdentity"?: boolean | undefined;
}

const schemaSchema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.string().optional().catch(undefined),
    format: z.string().optional().catch(undefined),
    maxLength: z.number().optional().catch(undefined),
    required: z.array(z.string()).optional().catch(undefined),
    items: schemaSchema.optional(),
    properties: z.record(z.string(), schemaSchema).optional(),
    "x-Ed-Fi-isIdentity": z.boolean().optional().catch(undefined),
  }),
);

const parameterSchema = z.looseObject({
  name: z.string().optional(),
  in: z.string().optional(),
  schema: schemaSchema.optional(),
  "x-Ed-Fi-isIdentity": z.boolean().optional(),
});

const operationSchema = z.looseObject({
  parameters: z.array(parameterSchema).default([]),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schemaSchema.optional() })).optional() })
    .optional(),
});

const pathSchema = z.looseObject({ get: operationSchema.optional(), post: operationSchema.optional() });

/** The paths of a whole API are many, and only a few of them are looked at. */
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.unknown()),
  definitions: z.record(z.string(), z.unknown()).optional(),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()).optional() }).optional(),
});

/** The documents that an API lists. */
export const documentListSchema = z.array(z.looseObject({ name: z.string(), endpointUri: z.string() }));

/** What a target says of one of its collections. */
export interface ResourceDescription {
  /** Flattened names of its natural key, as the parameters of a GET have them. */
  readonly identity: readonly string[];
  /** What a record looks like; undefined when the target does not say. */
  readonly schema: Schema | undefined;
}

/** What a target says of the collections that are delivered to. */
export class Description {
  readonly #resources: ReadonlyMap<string, ResourceDescription>;
  readonly #schemas: ReadonlyMap<string, Schema>;

  constructor(resources: ReadonlyMap<string, ResourceDescription>, schemas: ReadonlyMap<string, Schema>) {
    this.#resources = resources;
    this.#schemas = schemas;
  }

  resource(path: string): ResourceDescription | undefined {
    return this.#resources.get(path.toLowerCase());
  }

  /** A schema, or the one that it refers to. */
  resolve(schema: Schema | undefined): Schema | undefined {
    const name = schema?.$ref === undefined ? undefined : nameIn(schema.$ref);
    return name === undefined ? schema : this.#schemas.get(name);
  }
}

function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

const isBody = ({ in: place }: z.output<typeof parameterSchema>): boolean => place === "body";

/**
 * Reads what OpenAPI documents say of some collections. The documents of a whole API are of five to fifteen megabytes; what is kept is
 * what records of these collections can hold.
 * @returns undefined when a document is none
 */
export function describe(documents: readonly unknown[], resources: readonly string[]): Description | undefined {
  const wanted = new Set(resources.map((resource) => resource.toLowerCase()));
  const found = new Map<string, ResourceDescription>();
  const schemas = new Map<string, Schema>();
  for (const document of documents) {
    const parsed = documentSchema.safeParse(document).data;
    if (!parsed) return undefined;
    const { paths, definitions, components } = parsed;
    const all = definitions ?? components?.schemas ?? {};
    for (const [path, item] of Object.entries(paths)) {
      if (!wanted.has(path.toLowerCase())) continue;
      const described = pathSchema.safeParse(item).data;
      if (!described) return undefined;
      const { get, post } = described;
      const body = post?.parameters.find(isBody)?.schema ?? Object.values(post?.requestBody?.content ?? {})[0]?.schema;
      const keys = get?.parameters.filter((one) => one["x-Ed-Fi-isIdentity"] ?? one.schema?.["x-Ed-Fi-isIdentity"]);
      found.set(path.toLowerCase(), { identity: (keys ?? []).flatMap(({ name }) => name ?? []), schema: body });
      keep(body, all, schemas);
    }
  }
  return new Description(found, schemas);
}

/** Keeps a schema and all that it refers to. */
function keep(schema: Schema | undefined, all: Readonly<Record<string, unknown>>, kept: Map<string, Schema>): void {
  if (!schema) return;
  if (schema.$ref !== undefined) {
    const name = nameIn(schema.$ref);
    if (kept.has(name)) return;
    const parsed = schemaSchema.safeParse(all[name]).data;
    if (!parsed) return;
    kept.set(name, parsed);
    keep(parsed, all, kept);
  }
  keep(schema.items, all, kept);
  for (const property of Object.values(schema.properties ?? {})) keep(property, all, kept);
}
