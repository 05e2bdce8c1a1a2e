import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { countFiles, isCountFile } from "./generator/counts.ts";
import { readEndpoints } from "./generator/endpoints.ts";
import { stagingModel } from "./generator/model.ts";
import { readDocuments, resourceIn } from "./generator/openapi.ts";
import { renderModel } from "./generator/render.ts";

/**
 * Writes sql/staging/edfi from connectors/edfi.yaml and the OpenAPI documents: one typed model per endpoint; then the models that count
 * the live records of all staging models, of every connector. `--check` writes nothing and fails when a file differs from what would be written.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const sql = join(root, "sql");

/** The text of every staging file, by its path below sql/. */
function stagingFiles(): Map<string, string> {
  const documents = readDocuments(join(root, "connectors/openapi"));
  const endpoints = readEndpoints(join(root, "connectors/edfi.yaml"));
  return new Map(
    endpoints.map((endpoint) => {
      const model = stagingModel(endpoint, resourceIn(documents, endpoint.path));
      return [`staging/edfi/stg_edfi__${endpoint.name}.sql`, renderModel(model)];
    }),
  );
}

/** Files in the folders that are written to, of the kind that is written there. */
function present(folder: string, isOurs: (name: string) => boolean): string[] {
  const path = join(sql, folder);
  const names = existsSync(path) ? readdirSync(path).filter(isOurs) : [];
  return names.map((name) => `${folder}/${name}`);
}

const presentStaging = (): string[] => present("staging/edfi", () => true);
const presentCounts = (): string[] => present("marts/quality", isCountFile);

function differences(files: ReadonlyMap<string, string>, found: readonly string[]): string[] {
  const surplus = found.filter((path) => !files.has(path)).map((path) => `${path}: nothing has it`);
  const changed = [...files].flatMap(([path, text]) => {
    if (!existsSync(join(sql, path))) return [`${path}: missing`];
    return readFileSync(join(sql, path), "utf8") === text ? [] : [`${path}: differs`];
  });
  return [...surplus, ...changed];
}

function write(files: ReadonlyMap<string, string>, found: readonly string[]): void {
  mkdirSync(join(sql, "staging/edfi"), { recursive: true });
  for (const path of found) if (!files.has(path)) rmSync(join(sql, path));
  for (const [path, text] of files) writeFileSync(join(sql, path), text);
}

const staging = stagingFiles();
if (process.argv.includes("--check")) {
  const problems = [...differences(staging, presentStaging()), ...differences(countFiles(root), presentCounts())];
  for (const problem of problems) console.error(`${problem} (run: node sql/generate-staging.ts)`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} else {
  write(staging, presentStaging());
  const counts = countFiles(root);
  write(counts, presentCounts());
  console.log(`${staging.size} staging models and ${counts.size} that count them written`);
}
