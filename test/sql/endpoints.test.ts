import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { type Endpoint, readEndpoints } from "../../sql/generator/endpoints.ts";
import { readDocuments, resourceIn } from "../../sql/generator/openapi.ts";

const root = join(import.meta.dirname, "../..");
const endpoints = readEndpoints(join(root, "connectors/edfi.yaml"));
const documents = readDocuments(join(root, "connectors/openapi"));
const samples = join(root, "sandbox/data/edfi");

/** So many records of a file are enough to try a natural key; all of the largest would take seconds. */
const recordsMax = 5_000;

/** The natural keys of an endpoint's first records, over all folders of the sample. */
const keysByEndpoint = new Map(endpoints.map((endpoint) => [endpoint, keysOf(endpoint)]));

function keysOf(endpoint: Endpoint): unknown[][] {
  const { path } = endpoint;
  const files = readdirSync(samples).map((folder) => join(samples, folder, `${path.split("/").pop()}.jsonl.gz`));
  return files.filter(existsSync).flatMap((file) => {
    const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n", recordsMax).filter(Boolean);
    return lines.map((line) => keyOf(JSON.parse(line), endpoint));
  });
}

function valueAt(record: unknown, path: string): unknown {
  return path
    .split(".")
    .slice(1)
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), record);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The natural key of a record: of each part the first alternative that is there. */
function keyOf(record: unknown, { key }: Endpoint): unknown[] {
  return key.map((paths) => paths.map((path) => valueAt(record, path)).find((value) => value != null));
}

describe("the endpoints of the Ed-Fi connector", () => {
  test("have natural keys whose every path is in an OpenAPI document", () => {
    const unknown = endpoints.flatMap((endpoint) => {
      const { properties } = resourceIn(documents, endpoint.path);
      const exists = (path: string): boolean => {
        const [, name = "", member] = path.split(".");
        const property = properties.get(name);
        if (member === undefined) return property?.kind === "scalar";
        return property?.kind === "reference" && property.properties.has(member);
      };
      return endpoint.key
        .flat()
        .filter((path) => !exists(path))
        .map((path) => `${endpoint.name}: ${path}`);
    });
    expect(unknown).toEqual([]);
  });

  test("have natural keys that no record of the sample lacks and no two share", () => {
    const problems = [...keysByEndpoint].flatMap(([endpoint, keys]) => {
      const missing = keys.filter((key) => key.some((part) => part === undefined)).length;
      const distinct = new Set(keys.map((key) => JSON.stringify(key).toLowerCase())).size;
      const shared = keys.length - distinct;
      return missing + shared === 0 ? [] : [`${endpoint.name}: ${missing} without a part, ${shared} twice`];
    });
    expect(problems).toEqual([]);
  });

  test("have records in the sample for most of them, so that the keys are tried", () => {
    expect([...keysByEndpoint.values()].filter((keys) => keys.length > 0).length).toBeGreaterThan(55);
  });

  test("cover the parts of the key that the API declares, wherever it declares them", () => {
    // Members that only some data standards have in the key, and the school year, which the ODS gives.
    const gaps = endpoints.flatMap(({ name, path, key }) => {
      const { properties } = resourceIn(documents, path);
      const own = [...properties].flatMap(([member, property]) =>
        property.kind === "scalar" && property.isIdentity ? [`$.${member}`] : [],
      );
      return own.filter((member) => !key.flat().includes(member)).map((member) => `${name}: ${member}`);
    });
    expect(gaps).toEqual([]);
  });
});
