import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Attribute, Block, NestedBlock, ProviderSchema, ProviderSchemas, Schema } from "./schema.ts";

/*
 * Terraform checks a configuration against the schemas that its providers tell. Where the providers cannot be had, these servers tell
 * the schemas of the checked-in extract instead, over the same protocol; so `terraform validate` and `terraform test` with mocked
 * providers are Terraform's own, offline.
 */

const nestings = { single: 1, list: 2, set: 3, map: 4 } as const;

function wireAttribute([name, { type, ...flags }]: [string, Attribute]): object {
  return { name, type: Buffer.from(JSON.stringify(type)), ...flags };
}

function wireNested([name, nested]: [string, NestedBlock]): object {
  const { nesting_mode: mode, block, min_items = 0, max_items = 0 } = nested;
  return { type_name: name, block: wireBlock(block), nesting: nestings[mode], min_items, max_items };
}

function wireBlock({ attributes = {}, block_types: blocks = {} }: Block): object {
  return {
    attributes: Object.entries(attributes).map(wireAttribute),
    block_types: Object.entries(blocks).map(wireNested),
  };
}

const wireSchema = ({ version, block }: Schema): object => ({ version, block: wireBlock(block) });

function wireSchemas(schema: ProviderSchema): object {
  const all = (schemas: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, wireSchema(one)]));
  return {
    provider: wireSchema(schema.provider),
    resource_schemas: all(schema.resource_schemas),
    data_source_schemas: all(schema.data_source_schemas),
  };
}

type Answer = (error: null, value: object) => void;

function handlers(
  schema: ProviderSchema,
): Record<string, (call: { request: { config?: unknown } }, answer: Answer) => void> {
  const nothing = (_call: object, answer: Answer): void => answer(null, {});
  return {
    GetSchema: (_call, answer) => answer(null, wireSchemas(schema)),
    PrepareProviderConfig: ({ request }, answer) => answer(null, { prepared_config: request.config }),
    ValidateResourceTypeConfig: nothing,
    ValidateDataSourceConfig: nothing,
    Configure: nothing,
    Stop: nothing,
  };
}

function providerService(): ServiceClientConstructor {
  const definition = loadSync("test/terraform/provider.proto", { keepCase: true, longs: Number });
  const { tfplugin5 } = loadPackageDefinition(definition) as { tfplugin5: GrpcObject };
  return tfplugin5.Provider as ServiceClientConstructor;
}

async function serve(schema: ProviderSchema, socket: string): Promise<Server> {
  const server = new Server({ "grpc.max_send_message_length": -1 });
  server.addService(providerService().service, handlers(schema));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return server;
}

/** Providers that only tell their schemas. */
export interface ProviderServers {
  /** What Terraform must be told in TF_REATTACH_PROVIDERS. */
  readonly reattach: string;
  close(): void;
}

/** Starts a server for each provider of the extract. */
export async function startProviders({ provider_schemas: schemas }: ProviderSchemas): Promise<ProviderServers> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-providers-"));
  const servers: Server[] = [];
  const addresses: Record<string, object> = {};
  for (const [index, [name, schema]] of Object.entries(schemas).entries()) {
    const socket = join(folder, `${index}.sock`);
    servers.push(await serve(schema, socket));
    const address = { Network: "unix", String: socket };
    addresses[name] = { Protocol: "grpc", ProtocolVersion: 5, Pid: process.pid, Test: true, Addr: address };
  }
  return {
    reattach: JSON.stringify(addresses),
    close: () => {
      for (const server of servers) server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
