import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { PermanentError } from "../errors.ts";
import { type Connector, connectorOf, parseConnector } from "./connector.ts";
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

function readOne(folder: string, path: string, connectors: Map<string, Connector>): void {
  const file = join(folder, path);
  const text = readFileSync(file, "utf8");
  const value = path.startsWith(customFolder) ? parseYaml(text, file) : undefined;
  if (extensionSchema.safeParse(value).success) {
    const connector = extended(value, file, connectors);
    connectors.set(connector.connector, connector);
    return;
  }
  const connector = parseConnector(text, file);
  if (connectors.has(connector.connector)) {
    throw configurationError(file, [
      `connector: there is a connector "${connector.connector}" already; to add endpoints to it, write extends: ${connector.connector}`,
    ]);
  }
  connectors.set(connector.connector, connector);
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
      readOne(folder, path, connectors);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new PermanentError(problems.join("\n"), { path: folder, count: problems.length });
  return connectors;
}
