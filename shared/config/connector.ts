import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { configurationError, parseFile } from "./problems.ts";
import { parseYaml } from "./yaml.ts";

const nameSchema = z.string().regex(/^[a-z][a-z0-9_]*$/, "use lower case letters, digits and underscores");
const pathSchema = z
  .string()
  .regex(/^\$(\.[A-Za-z_][\w-]*|\[\d+\])*$/, "use a JSON path such as $.studentReference.studentUniqueId");
const pathsSchema = z.union([pathSchema.transform((path) => [path]), z.array(pathSchema).min(1)]);
const templateSchema = z.string().min(1);

const authSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("oauth2_client_credentials"),
    token_url: templateSchema,
    client: z.enum(["basic_header", "body"]).default("basic_header"),
    scope: z.string().optional(),
    /** Where the API says what a token may do; the first that can be filled counts. Only `rollcall doctor` asks. */
    introspection_urls: z.array(templateSchema).optional(),
  }),
  z.strictObject({ type: z.literal("bearer"), token: nameSchema }),
  z.strictObject({ type: z.literal("basic"), user: nameSchema, password: nameSchema }),
  z.strictObject({ type: z.literal("header"), header: z.string().min(1), value: nameSchema }),
]);

const offsetPagingSchema = z.strictObject({
  type: z.literal("offset"),
  offset_parameter: z.string().min(1),
  size_parameter: z.string().min(1),
  size: z.int().min(1).max(10_000),
});

const cursorPagingSchema = z.strictObject({
  type: z.literal("cursor"),
  partitions: z.strictObject({ url: templateSchema, parameter: z.string().min(1), tokens: pathSchema }),
  token_parameter: z.string().min(1),
  size_parameter: z.string().min(1),
  next_header: z.string().min(1),
  size: z.int().min(1).max(10_000),
  otherwise: offsetPagingSchema,
});

const singlePagingSchema = z.strictObject({ type: z.literal("single") });

const pagingSchema = z.discriminatedUnion("type", [offsetPagingSchema, cursorPagingSchema, singlePagingSchema]);

const feedSchema = z.strictObject({ url: templateSchema, id: pathsSchema, change_version: pathsSchema });

/** How an API gives frozen copies of its data, by the major versions that do it so: listed and asked for by name, or the newest by a flag. */
const snapshotWaySchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("named"),
    versions: z.array(z.int()).min(1),
    header: z.string().min(1),
    list_url: templateSchema,
    name: pathSchema,
    taken_at: pathSchema,
  }),
  z.strictObject({
    type: z.literal("newest"),
    versions: z.array(z.int()).min(1),
    header: z.string().min(1),
    value: z.string().min(1),
  }),
]);

const changesSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({
    type: z.literal("change_versions"),
    available_url: templateSchema,
    newest: pathsSchema,
    from_parameter: z.string().min(1),
    to_parameter: z.string().min(1),
    overlap: z.int().min(0).default(0),
    deletes: feedSchema.optional(),
    key_changes: feedSchema.optional(),
    /** Read where a source asks for it (its setting `snapshot`). */
    snapshots: z.array(snapshotWaySchema).default([]),
  }),
]);

const endpointSchema = z.strictObject({
  path: z.string().min(1),
  key: z.array(pathsSchema).min(1),
  paging: pagingSchema.optional(),
  description: z.string().optional(),
  data_standards: z.string().optional(),
});

const connectorSchema = z.strictObject({
  connector: nameSchema,
  description: z.string().optional(),
  secret: z.array(nameSchema).default([]),
  discovery: z
    .strictObject({ url: templateSchema, placeholders: z.record(z.string(), templateSchema).default({}) })
    .optional(),
  auth: authSchema,
  request: z.strictObject({
    url: templateSchema,
    headers: z.record(z.string(), z.string()).default({}),
    /** Paths of which every source has at least one; they tell a wrong address from an endpoint that a source lacks. */
    always_there: z.array(z.string().min(1)).default([]),
  }),
  records: z.strictObject({ at: pathSchema, id: pathSchema.optional() }),
  paging: pagingSchema,
  count: z.strictObject({ parameters: z.record(z.string(), z.string()), header: z.string().min(1) }).optional(),
  changes: changesSchema.default({ type: "none" }),
  endpoints: z
    .record(nameSchema, endpointSchema)
    .refine((endpoints) => Object.keys(endpoints).length > 0, "list at least one endpoint"),
});

export type Auth = z.infer<typeof authSchema>;
export type OffsetPaging = z.infer<typeof offsetPagingSchema>;
export type CursorPaging = z.infer<typeof cursorPagingSchema>;
export type Paging = z.infer<typeof pagingSchema>;
export type ChangeFeed = z.infer<typeof feedSchema>;
export type SnapshotWay = z.infer<typeof snapshotWaySchema>;
export type Changes = z.infer<typeof changesSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;
/** The description of a kind of API (connectors/*.yaml). */
export type Connector = z.infer<typeof connectorSchema>;

/** Secret fields that the way of authentication needs. */
function secretFieldsOf(auth: Auth): string[] {
  switch (auth.type) {
    case "oauth2_client_credentials":
      return [];
    case "bearer":
      return [auth.token];
    case "basic":
      return [auth.user, auth.password];
    case "header":
      return [auth.value];
  }
}

/** Parses the text of one connector file. @throws PermanentError listing every mistake with its path */
export function parseConnector(text: string, file: string): Connector {
  const connector = parseFile(connectorSchema, parseYaml(text, file), file);
  const missing = secretFieldsOf(connector.auth).filter((field) => !connector.secret.includes(field));
  if (missing.length > 0) {
    throw configurationError(
      file,
      missing.map((field) => `auth: the secret has no field "${field}" (list it under secret)`),
    );
  }
  return connector;
}

/** Reads every connectors/*.yaml of a folder, by name. */
export function readConnectors(folder: string): ReadonlyMap<string, Connector> {
  const connectors = new Map<string, Connector>();
  for (const name of readdirSync(folder)
    .filter((entry) => entry.endsWith(".yaml"))
    .sort()) {
    const file = join(folder, name);
    const connector = parseConnector(readFileSync(file, "utf8"), file);
    connectors.set(connector.connector, connector);
  }
  return connectors;
}
