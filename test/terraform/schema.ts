import { readFileSync } from "node:fs";

/** A type as Terraform writes it in JSON: "string", ["list", "string"], ["object", {…}]. */
export type ValueType =
  | "string"
  | "number"
  | "bool"
  | "dynamic"
  | readonly ["list" | "set" | "map", ValueType]
  | readonly ["object", Readonly<Record<string, ValueType>>];

export interface Attribute {
  readonly type: ValueType;
  readonly required?: true;
  readonly optional?: true;
  readonly computed?: true;
}

export interface NestedBlock {
  readonly nesting_mode: "single" | "list" | "set" | "map";
  readonly block: Block;
  readonly min_items?: number;
  readonly max_items?: number;
}

export interface Block {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, NestedBlock>>;
}

export interface Schema {
  readonly version: number;
  readonly block: Block;
}

export interface ProviderSchema {
  readonly provider: Schema;
  readonly resource_schemas: Readonly<Record<string, Schema>>;
  readonly data_source_schemas: Readonly<Record<string, Schema>>;
}

/** What `terraform providers schema -json` prints, of the resources that terraform/ uses, and where it is from. */
export interface ProviderSchemas {
  readonly made_of: string;
  readonly provider_versions: Readonly<Record<string, string>>;
  readonly provider_schemas: Readonly<Record<string, ProviderSchema>>;
}

export const schemaFile = "test/terraform/provider-schema.json";

/** The checked-in extract; test/terraform/renew-schema.ts writes it. */
export function readSchemas(): ProviderSchemas {
  return JSON.parse(readFileSync(schemaFile, "utf8")) as ProviderSchemas;
}

/** Arguments and blocks of a block, and of all blocks within it. */
export function argumentCount({ attributes = {}, block_types: blocks = {} }: Block): number {
  const settable = Object.values(attributes).filter(({ required, optional }) => required || optional).length;
  return Object.values(blocks).reduce((sum, { block }) => sum + 1 + argumentCount(block), settable);
}
