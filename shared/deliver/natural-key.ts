import type { Connector } from "../config/connector.ts";
import { flattened, type Identity, identityOf } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import type { Description } from "./openapi.ts";

/** The parts of a natural key; where standards name one differently, all its names. */
export type KeyParts = readonly (readonly string[])[];

/** How a connector's own endpoint names the key: `$.assessmentReference.namespace` is `namespace`, as the API flattens it. */
function ofConnector({ endpoints }: Connector, resource: string): KeyParts {
  const endpoint = Object.values(endpoints).find(({ path }) => path === resource.slice(1));
  if (endpoint) return endpoint.key.map((paths) => paths.map((path) => path.slice(path.lastIndexOf(".") + 1)));
  return resource.endsWith("Descriptors") ? [["namespace"], ["codeValue"]] : [];
}

/** The natural key of a collection: as the target tells it, or, of one that does not, as the connector has it. */
export function keyParts(resource: string, description: Description | undefined, connector: Connector): KeyParts {
  const told = description?.resource(resource)?.identity ?? [];
  return told.length > 0 ? told.map((name) => [name]) : ofConnector(connector, resource);
}

/** The natural key of a document; undefined when a part of it is missing, or when nobody knows what it is. */
export function naturalKeyOf(document: JsonObject, parts: KeyParts): Identity | undefined {
  const values = flattened(document);
  const names = parts.map((alternatives) => alternatives.find((name) => values.has(name)) ?? alternatives[0] ?? "");
  return identityOf(values, [...new Set(names)]);
}

function isSame(one: string, other: string): boolean {
  if (one.toLowerCase() === other.toLowerCase()) return true;
  if (one.trim() !== "" && other.trim() !== "" && Number(one) === Number(other)) return true;
  const isTime = /^\d{4}-\d{2}-\d{2}/;
  return isTime.test(one) && isTime.test(other) && Date.parse(one) === Date.parse(other);
}

/**
 * Whether a record of the target is the one that was asked for: an API that does not know a parameter overlooks it, and shows any record
 * (protocols §8.3).
 */
export function hasKey(record: JsonObject, key: Identity): boolean {
  const values = flattened(record);
  const compared = Object.entries(key).filter(([name]) => values.has(name));
  return compared.length > 0 && compared.every(([name, value]) => isSame(values.get(name) ?? "", value));
}
