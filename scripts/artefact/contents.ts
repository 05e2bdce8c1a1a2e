import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import * as z from "zod";
import { connectorFilesIn, readConnectors } from "../../shared/config/connectors-folder.ts";
import { readSources } from "../../shared/config/sources.ts";
import { parseYaml } from "../../shared/config/yaml.ts";
import { catalogueOf, sqlFiles } from "../../shared/refresh/catalogue.ts";
import { parsedFile, parsedText } from "../../shared/refresh/parsed-catalogue.ts";
import { bundle, mainFile, notBundled } from "./bundle.ts";
import { type Manifest, productionLock } from "./lock.ts";

const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  engines: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
});

export interface ArtefactOptions {
  readonly projectFolder: string;
  /** The sources.yaml of the deployment. */
  readonly sourcesFile: string;
}

function manifestOf(projectFolder: string): Manifest {
  const { name, version, engines, dependencies } = packageSchema.parse(
    JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")),
  );
  const kept = notBundled.map((dependency) => [dependency, dependencies[dependency] ?? ""] as const);
  return {
    name,
    version,
    private: true,
    type: "module",
    main: mainFile,
    engines,
    dependencies: Object.fromEntries(kept),
  };
}

function json(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** A file of YAML as JSON, which is YAML still (shared/config/yaml.ts). */
function asJson(file: string): Buffer {
  return Buffer.from(JSON.stringify(parseYaml(readFileSync(file, "utf8"), file)));
}

function connectorFiles(projectFolder: string): [string, Buffer][] {
  return connectorFilesIn(join(projectFolder, "connectors")).map((path) => [
    `connectors/${path.split(sep).join("/")}`,
    asJson(join(projectFolder, "connectors", path)),
  ]);
}

/** The models, and what parsing them gave. @throws PermanentError listing every mistake */
function modelFiles(projectFolder: string): [string, Buffer][] {
  const files = sqlFiles(join(projectFolder, "sql"));
  return [
    ...files.map(({ path, text }): [string, Buffer] => [`sql/${path}`, Buffer.from(text)]),
    [`sql/${parsedFile}`, Buffer.from(parsedText(files, catalogueOf(files)))],
  ];
}

/** Reads the configuration as the functions will. @throws PermanentError listing every mistake */
function check({ projectFolder, sourcesFile }: ArtefactOptions): void {
  readSources(sourcesFile, readConnectors(join(projectFolder, "connectors")));
}

/**
 * Everything that is deployed, by its path: the functions, the packages that are not in them by name and version, and the configuration.
 * @throws PermanentError when the configuration has mistakes
 */
export async function artefactFiles(options: ArtefactOptions): Promise<Map<string, Uint8Array>> {
  const { projectFolder } = options;
  check(options);
  const manifest = manifestOf(projectFolder);
  const lock = productionLock(readFileSync(join(projectFolder, "package-lock.json"), "utf8"), manifest);
  const { files } = await bundle(projectFolder);
  return new Map<string, Uint8Array>([
    ...files,
    ["package.json", json(manifest)],
    ["package-lock.json", json(lock)],
    ["sources.yaml", asJson(options.sourcesFile)],
    ...connectorFiles(projectFolder),
    ...modelFiles(projectFolder),
  ]);
}
