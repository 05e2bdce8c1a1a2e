import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";
import * as z from "zod";
import type { Column, Type } from "../models/harness/type.ts";
import type { CellRow } from "../models/harness/value.ts";
import { flattenNames } from "./names.ts";
import { typeFromProto, typeSchema, typeToProto, valueFromProto, valueToProto } from "./proto.ts";
import { protoFolder, type Server } from "./server.ts";

/** A relation as the analyzer sees it: `dataset.table` and its columns; rows only where something is evaluated. */
export interface Relation {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows?: readonly CellRow[];
}

export interface Result {
  readonly columns: readonly Column[];
  readonly rows: readonly CellRow[];
}

/** Google's GoogleSQL analyzer and reference evaluator. Every call throws {@link Refused} with what it said. */
export interface GoogleSql {
  /** Resolves a query against the relations. @returns the columns it would give */
  analyze(sql: string, relations: readonly Relation[]): Promise<Column[]>;
  /** Resolves a statement of any kind, whose parameters are of these types. */
  accept(sql: string, relations: readonly Relation[], parameters: Readonly<Record<string, Type>>): Promise<void>;
  /** Runs a query on the relations' rows. */
  evaluate(sql: string, relations: readonly Relation[]): Promise<Result>;
  /** The tables a query reads, as `dataset.table`, in name order. */
  tables(sql: string): Promise<string[]>;
  close(): void;
}

/** The analyzer or the evaluator refused a query; the message is its own. */
export class Refused extends Error {
  readonly refused = true;
}

const service = "zetasql.local_service.ZetaSqlLocalService";
/** What BigQuery has (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language) and was in development then. */
const sinceThen = ["FEATURE_CREATE_TABLE_CLONE", "FEATURE_CREATE_VIEWS_WITH_COLUMN_OPTIONS"];

const messageBytes = 500_000_000;
const callTimeoutMs = 120_000;

/** What the evaluator rewrites into simpler SQL before it runs; the analyzer alone needs none of it. */
const rewrites = [
  "REWRITE_FLATTEN",
  "REWRITE_PIVOT",
  "REWRITE_UNPIVOT",
  "REWRITE_ARRAY_FILTER_TRANSFORM",
  "REWRITE_ARRAY_INCLUDES",
  "REWRITE_TYPEOF_FUNCTION",
  "REWRITE_NULLIFERROR_FUNCTION",
  "REWRITE_LIKE_ANY_ALL",
  "REWRITE_BUILTIN_FUNCTION_INLINER",
];

/** Connects to a server that has just been started. @throws Error when it does not answer within 20 seconds */
export async function connect(server: Server): Promise<GoogleSql> {
  const definition = protoLoader.loadSync("local_service.proto", {
    includeDirs: [protoFolder],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
    arrays: true,
  });
  const client = new grpc.Client(`localhost:${server.port}`, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": messageBytes,
    "grpc.max_send_message_length": messageBytes,
  });
  const call = caller(client, definition[service] as protoLoader.ServiceDefinition);
  const language = await settle(server, call);
  const options = { language_options: language, default_timezone: "UTC", error_message_mode: "ERROR_MESSAGE_ONE_LINE" };

  return {
    async analyze(sql, relations) {
      const answer = await call("Analyze", {
        sql_statement: sql,
        options,
        simple_catalog: nested(relations, language),
      });
      return analyzedSchema
        .parse(answer)
        .resolved_statement.resolved_query_stmt_node.output_column_list.map((column) => ({
          name: column.name,
          type: typeFromProto(column.column.type),
        }));
    },
    async accept(sql, relations, parameters) {
      const query_parameters = Object.entries(parameters).map(([name, type]) => ({ name, type: typeToProto(type) }));
      await call("Analyze", {
        sql_statement: sql,
        options: { ...options, query_parameters },
        simple_catalog: nested(relations, language),
      });
    },
    async evaluate(sql, relations) {
      const table_content = Object.fromEntries(relations.map((relation) => [relation.name, content(relation)]));
      const request = {
        sql: flattenNames(sql, relations),
        options: { ...options, enabled_rewrites: rewrites },
        simple_catalog: flat(relations, language),
        table_content,
      };
      const answer = evaluatedSchema.parse(await call("EvaluateQuery", request));
      const columns = answer.prepared.columns.map(({ name, type }) => ({ name, type: typeFromProto(type) }));
      const rows = (answer.content?.table_data?.row ?? []).map((row) =>
        Object.fromEntries(columns.map(({ name, type }, i) => [name, valueFromProto(type, row.cell?.[i])])),
      );
      return { columns, rows };
    },
    async tables(sql) {
      const answer = tablesSchema.parse(
        await call("ExtractTableNamesFromStatement", { sql_statement: sql, options: language }),
      );
      return (answer.table_name ?? []).map((table) => table.table_name_segment.join(".")).sort();
    },
    close: () => client.close(),
  };
}

type Call = (method: string, request: object) => Promise<object>;

function caller(client: grpc.Client, methods: protoLoader.ServiceDefinition): Call {
  return (name, request) =>
    new Promise((resolve, reject) => {
      const method = methods[name];
      if (method === undefined) throw new Error(`the service has no method ${name}`);
      const deadline = new Date(Date.now() + callTimeoutMs);
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new grpc.Metadata(),
        { deadline },
        (error, answer) => {
          if (error) reject(new Refused(error.details, { cause: error }));
          else resolve(answer ?? {});
        },
      );
    });
}

/** Waits for the server's first answer, which is also the language's options with every feature BigQuery may have. */
async function settle(server: Server, call: Call): Promise<object> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      const language = await call("GetLanguageOptions", { maximum_features: true });
      const { enabled_language_features: enabled = [] } = languageSchema.parse(language);
      return {
        ...language,
        enabled_language_features: [...enabled, ...sinceThen],
        product_mode: "PRODUCT_EXTERNAL",
        name_resolution_mode: "NAME_RESOLUTION_DEFAULT",
        supported_statement_kinds: [],
        reserved_keywords: ["QUALIFY"],
      };
    } catch (error) {
      const failure = server.failure();
      if (failure !== undefined) throw new Error(`the analyzer ended: ${failure}`, { cause: error });
      if (Date.now() > deadline) throw new Error("the analyzer does not answer", { cause: error });
      await sleep(100);
    }
  }
}

/** Relations as nested catalogs, so that `dataset.table` resolves as in BigQuery. */
function nested(relations: readonly Relation[], language: object): object {
  const datasets = new Map<string, object[]>();
  relations.forEach((relation, i) => {
    const [dataset = "", table = ""] = relation.name.split(".");
    datasets.set(dataset, [...(datasets.get(dataset) ?? []), tableOf(relation, table, i)]);
  });
  const catalog = [...datasets].map(([name, table]) => ({ name, table }));
  return { name: "catalog", catalog, builtin_function_options: { language_options: language } };
}

/** Relations as tables of one catalog, the only ones the service lets have rows. */
function flat(relations: readonly Relation[], language: object): object {
  const table = relations.map((relation, i) => tableOf(relation, relation.name, i));
  return { name: "catalog", table, builtin_function_options: { language_options: language } };
}

function tableOf({ columns }: Relation, name: string, i: number): object {
  const column = columns.map((one) => ({ name: one.name, type: typeToProto(one.type) }));
  return { name, serialization_id: String(i + 1), column };
}

function content(relation: Relation): object {
  const row = (relation.rows ?? []).map((values) => ({
    cell: relation.columns.map((column) => valueToProto(column.type, values[column.name] ?? null)),
  }));
  return { table_data: { row } };
}

const languageSchema = z.object({ enabled_language_features: z.array(z.string()).optional() });

const analyzedSchema = z.object({
  resolved_statement: z.object({
    resolved_query_stmt_node: z.object({
      output_column_list: z.array(z.object({ name: z.string(), column: z.object({ type: typeSchema }) })),
    }),
  }),
});

const evaluatedSchema = z.object({
  prepared: z.object({ columns: z.array(z.object({ name: z.string(), type: typeSchema })) }),
  content: z
    .object({
      table_data: z.object({ row: z.array(z.object({ cell: z.array(z.unknown()).optional() })).optional() }).nullish(),
    })
    .nullish(),
});

const tablesSchema = z.object({
  table_name: z.array(z.object({ table_name_segment: z.array(z.string()) })).optional(),
});
