import * as z from "zod";
import { changesSchema, endpointChangesSchema } from "./changes.ts";
import { endpointProblems } from "./endpoint-problems.ts";
import { pagingSchema } from "./paging.ts";
import { configurationError, parseFile } from "./problems.ts";
import { addressSchema, nameSchema, pathSchema, pathsSchema, templateSchema } from "./schema.ts";
import { parseYaml } from "./yaml.ts";

export type { ChangeFeed, Changes, SnapshotWay, UpdatedSince } from "./changes.ts";
export type {
  CursorPaging,
  LinkPaging,
  OffsetPaging,
  PagePaging,
  Paging,
  TokenPaging,
  ZipOfCsvPaging,
} from "./paging.ts";

const authSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("oauth2_client_credentials"),
    token_url: templateSchema,
    /** How key and secret are sent: `headers` is a Basic header with the grant in a header too, and no body. */
    client: z.enum(["basic_header", "body", "headers"]).default("basic_header"),
    /** A header that carries the key, with the request for a token and with each request. */
    key_header: z.string().min(1).optional(),
    scope: z.string().optional(),
    /** Where the API says what a token may do; the first that can be filled counts. Only `rollcall doctor` asks. */
    introspection_urls: z.array(templateSchema).optional(),
  }),
  z.strictObject({
    /** A token for an assertion that is signed with a key (RFC 7523), as Google gives them to service accounts. */
    type: z.literal("oauth2_jwt_bearer"),
    token_url: templateSchema,
    /** Who signs: the account's name, and its private key in PEM. */
    issuer: nameSchema,
    private_key: nameSchema,
    /** For whom the account acts, where it may act for others. */
    subject: nameSchema.optional(),
    scope: z.string().min(1),
  }),
  /** A login that somebody granted once: tokens are had for its refresh token, which stays the same. */
  z.strictObject({
    type: z.literal("oauth2_refresh_token"),
    token_url: templateSchema,
    client: z.enum(["basic_header", "body"]).default("body"),
    client_id: nameSchema,
    client_secret: nameSchema,
    refresh_token: nameSchema,
  }),
  z.strictObject({ type: z.literal("bearer"), token: nameSchema }),
  z.strictObject({ type: z.literal("basic"), user: nameSchema, password: nameSchema }),
  z.strictObject({ type: z.literal("header"), header: z.string().min(1), value: nameSchema }),
]);

/** Names only: where a list of records stands in a body, which is found without parsing it. */
const keysPathSchema = z.string().regex(/^\$(\.[A-Za-z_][\w-]*)*$/, "use a JSON path of names such as $.data.students");

const memberSchema = z.string().regex(/^[A-Za-z_]\w*$/, "use the name of a member, such as studentUniqueId");

const recordsSchema = z.strictObject({
  at: keysPathSchema,
  id: pathSchema.optional(),
  /** What stands there is one record, not a list of them: for addresses that give one thing. */
  one: z.boolean().optional(),
  /** A body without the list (or with null for it) is an empty page, not an error: for APIs that leave out what is empty. */
  may_be_absent: z.boolean().optional(),
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "i");
    return true;
  } catch {
    return false;
  }
}

/** How an API says that something is wrong where its status does not tell, or tells something else. The first rule that fits counts. */
const errorRuleSchema = z.strictObject({
  /** Status of the answer. With 200 only bodies without the list of records are looked at. */
  status: z.int().min(200).max(599).default(200),
  /** Where the body says it: the path must lead to something. Left out: the body's text is looked at. */
  at: pathSchema.optional(),
  /** What it says, as a regular expression that does not mind capitals. */
  matches: z.string().min(1).refine(isPattern, "use a regular expression").optional(),
  /** Bodies that have the list of records are looked at too: part of it may be all that came, as with GraphQL. */
  beside_records: z.boolean().default(false),
  /** Another try may succeed (passing); the credentials do not suffice; there is no such thing; the run cannot succeed. */
  means: z.enum(["passing", "forbidden", "unsupported", "failed"]),
});

const parametersSchema = z.record(z.string().min(1), z.union([z.string(), z.array(z.string()).min(1)]));

/** Records that are asked for by POST, with a body of JSON: searches, GraphQL. */
const postSchema = z.strictObject({
  /** What is sent. A text of it that is a name in braces, and nothing else, is the value that the parents give to that name. */
  body: z.record(z.string().min(1), z.json()),
  /** Where the parameters of paging and of changes belong in it; they are no part of the address then. */
  parameters_at: keysPathSchema.default("$"),
});

const parentSchema = z.strictObject({
  /** Endpoint of this connector whose records are iterated over. */
  endpoint: nameSchema,
  /** Where each of them has the value that the path names. */
  key: pathSchema,
  /** Answers for one parent that mean that it has no such records. */
  skip: z.array(z.int().min(400).max(499)).default([404]),
});

const endpointSchema = z.strictObject({
  /** Where this endpoint is, if not where the connector's others are. */
  url: templateSchema.optional(),
  path: z.string().min(1),
  post: postSchema.optional(),
  key: z.array(pathsSchema).min(1),
  /** Whether a record may get another key and stay the same record, as the API's feed of key changes tells. */
  key_may_change: z.boolean().default(false),
  /** Sent with each request. */
  parameters: parametersSchema.optional(),
  /** An `id` of null: these records have none of their own, so their natural key stands in. */
  records: recordsSchema.extend({ id: pathSchema.nullable() }).partial().optional(),
  paging: pagingSchema.optional(),
  changes: endpointChangesSchema.optional(),
  /**
   * For exports that hold a part of the records, such as those of one term: a full run replaces those only that have the same value here as
   * one that it brought.
   */
  replaces: pathSchema.optional(),
  /** For each name in braces of the path: the records that give it its values. */
  parents: z
    .record(nameSchema, parentSchema)
    .refine((parents) => Object.keys(parents).length === 1, "name one parent; it may have a parent itself")
    .optional(),
  /** Where a record of this endpoint holds the number of the student that it is about, if not in the connector's `student` members. */
  student: pathSchema.optional(),
  description: z.string().optional(),
  data_standards: z.string().optional(),
});

const connectorSchema = z.strictObject({
  connector: nameSchema,
  description: z.string().optional(),
  secret: z.array(nameSchema).default([]),
  /** Members by which records say which student they are about, wherever in a record they stand: `rollcall forget` looks for them. */
  student: z.array(memberSchema).default([]),
  /** Fields of the secret that it need not have. */
  optional_secret: z.array(nameSchema).default([]),
  /** Other hosts of the API, by the name that templates have for them; a source may say another. */
  addresses: z.record(nameSchema, addressSchema).default({}),
  discovery: z
    .strictObject({ url: templateSchema, placeholders: z.record(z.string(), templateSchema).default({}) })
    .optional(),
  auth: authSchema,
  /** Another way, for sources whose secret has the fields of this one and not those of `auth`. */
  auth_instead: authSchema.optional(),
  request: z.strictObject({
    url: templateSchema,
    headers: z.record(z.string(), z.string()).default({}),
    /** Paths of which every source has at least one; they tell a wrong address from an endpoint that a source lacks. */
    always_there: z.array(z.string().min(1)).default([]),
    /** What is left of a quota, where each answer tells: below `keep` requests wait until so much has come back, at `per_second`. */
    quota: z
      .strictObject({
        remaining_header: z.string().min(1),
        keep: z.number().positive(),
        per_second: z.number().positive(),
      })
      .optional(),
  }),
  records: recordsSchema,
  errors: z.array(errorRuleSchema).default([]),
  paging: pagingSchema,
  count: z.strictObject({ parameters: z.record(z.string(), z.string()), header: z.string().min(1) }).optional(),
  changes: changesSchema.default({ type: "none" }),
  endpoints: z
    .record(nameSchema, endpointSchema)
    .refine((endpoints) => Object.keys(endpoints).length > 0, "list at least one endpoint"),
});

export type Auth = z.infer<typeof authSchema>;
export type Post = z.infer<typeof postSchema>;
export type ErrorRule = z.infer<typeof errorRuleSchema>;
export type RecordsPlace = z.infer<typeof recordsSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;
/** The description of a kind of API (connectors/*.yaml). */
export type Connector = z.infer<typeof connectorSchema>;

/** Secret fields that the way of authentication needs. */
function secretFieldsOf(auth: Auth): string[] {
  switch (auth.type) {
    case "oauth2_client_credentials":
      return [];
    case "oauth2_jwt_bearer":
      return [auth.issuer, auth.private_key, ...(auth.subject === undefined ? [] : [auth.subject])];
    case "oauth2_refresh_token":
      return [auth.client_id, auth.client_secret, auth.refresh_token];
    case "bearer":
      return [auth.token];
    case "basic":
      return [auth.user, auth.password];
    case "header":
      return [auth.value];
  }
}

/** The ways of a connector, with the secret fields that each needs. Client credentials are the first two fields. */
export function waysOfAuth({
  auth,
  auth_instead: instead,
  secret,
  optional_secret: optional,
}: Pick<Connector, "auth" | "auth_instead" | "secret" | "optional_secret">): {
  readonly auth: Auth;
  readonly fields: readonly string[];
}[] {
  if (!instead) return [{ auth, fields: secret }];
  return [auth, instead].map((way) => {
    const named = secretFieldsOf(way).filter((field) => !optional.includes(field));
    return { auth: way, fields: named.length > 0 ? named : secret.slice(0, 2) };
  });
}

/** Parses the text of one connector file. @throws PermanentError listing every mistake with its path */
export function parseConnector(text: string, file: string): Connector {
  return connectorOf(parseYaml(text, file), file);
}

/** The connector that a value is. @throws PermanentError listing every mistake with its path */
export function connectorOf(value: unknown, file: string): Connector {
  const connector = parseFile(connectorSchema, value, file);
  const unlisted = (name: string, auth: Auth | undefined): string[] =>
    (auth ? secretFieldsOf(auth) : [])
      .filter((field) => ![...connector.secret, ...connector.optional_secret].includes(field))
      .map((field) => `${name}: the secret has no field "${field}" (list it under secret)`);
  const problems = [...unlisted("auth", connector.auth), ...unlisted("auth_instead", connector.auth_instead)];
  problems.push(...endpointProblems(connector.endpoints));
  if (problems.length > 0) throw configurationError(file, problems);
  return connector;
}
