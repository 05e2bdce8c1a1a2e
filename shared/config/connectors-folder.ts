import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { PermanentError } from "../errors.ts";
import { type Connector, connectorOf } from "./connector.ts";
import { configurationError } from "./problems.ts";
import { parseYaml } from "./yaml.ts";

/** Where a school keeps its own connector files, below the shipped ones: upgrades never touch it. */
export const customFolder = "custom";

/** Connector files below a folder, the school's own last: their paths below it. */
export function connectorFilesIn(folder: string): string[] {
  const yamlIn = (at: string): string[] =>
    existsSync(at)
      ? readdirSync(at)
          .filter((entry) => entry.endsWith(".yaml"))
          .sort()
      : [];
  return [...yamlIn(folder), ...yamlIn(join(folder, customFolder)).map((name) => join(customFolder, name))];
}

/** A file that adds endpoints to a connector that is there: `extends: isams`, and `endpoints` as any connector has them. */
const extensionSchema = z.looseObject({ extends: z.string() });

/** Adds what an extension says. @throws PermanentError listing its mistakes */
function extended(extension: unknown, file: string, connectors: ReadonlyMap<string, Connector>): Connector {
  const { extends: name, ...more } = extensionSchema.parse(extension);
  const base = connectors.get(name);
  if (!base) throw configurationError(file, [`extends: there is no connector "${name}"`]);
  const { endpoints, ...others } = z.looseObject({ endpoints: z.record(z.string(), z.unknown()) }).parse(more);
  const problems = Object.keys(others).map((key) => `${key}: a file that extends a connector has endpoints only`);
  for (const endpoint of Object.keys(endpoints)) {
    if (base.endpoints[endpoint]) problems.push(`endpoints.${endpoint}: ${name} has it already; give it another name`);
  }
  if (problems.length > 0) throw configurationError(file, problems);
  return connectorOf({ ...base, endpoints: { ...base.endpoints, ...endpoints } }, file);
}

/** The connector that a file is, or the one that it adds endpoints to, with these. */
function connectorIn(file: string, connectors: ReadonlyMap<string, Connector>): Connector {
  const value = parseYaml(readFileSync(file, "utf8"), file);
  return extensionSchema.safeParse(value).success
    ? extended(value, file, connectors)
    : newConnector(value, file, connectors);
}

function newConnector(value: unknown, file: string, connectors: ReadonlyMap<string, Connector>): Connector {
  const connector = connectorOf(value, file);
  if (connectors.has(connector.connector)) {
    throw configurationError(file, [
      `connector: there is a connector "${connector.connector}" already; to add endpoints to it, write extends: ${connector.connector}`,
    ]);
  }
  return connector;
}

/**
 * Checks one file, wherever it lies, against the connectors of a folder.
 * @returns the connector that it is or adds to
 * @throws PermanentError listing every mistake
 */
export function checkConnectorFile(file: string, folder: string): Connector {
  const others = connectorFilesIn(folder)
    .map((path) => join(folder, path))
    .filter((other) => resolve(other) !== resolve(file));
  const connectors = new Map<string, Connector>();
  for (const other of others) {
    const connector = connectorIn(other, connectors);
    connectors.set(connector.connector, connector);
  }
  return connectorIn(file, connectors);
}

/**
 * Reads every connector of a folder, by name: the shipped ones, then the school's own in `custom/`, which are connectors too or add
 * endpoints to one.
 * @throws PermanentError listing every mistake of every file
 */
export function readConnectors(folder: string): ReadonlyMap<string, Connector> {
  const connectors = new Map<string, Connector>();
  const problems: string[] = [];
  for (const path of connectorFilesIn(folder)) {
    try {
      const connector = connectorIn(join(folder, path), connectors);
      connectors.set(connector.connector, connector);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new PermanentError(problems.join("\n"), { path: folder, count: problems.length });
  return connectors;
}
