import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEndpoints } from "./generator/endpoints.ts";
import { stagingModel } from "./generator/model.ts";
import { readDocuments, resourceIn } from "./generator/openapi.ts";
import { renderModel } from "./generator/render.ts";

/**
 * Writes sql/staging/edfi from connectors/edfi.yaml and the OpenAPI documents: one typed model per endpoint.
 * `--check` writes nothing and fails when a file differs from what would be written.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "sql/staging/edfi");

/** The text of every staging file, by file name. */
function stagingFiles(): Map<string, string> {
  const documents = readDocuments(join(root, "connectors/openapi"));
  const endpoints = readEndpoints(join(root, "connectors/edfi.yaml"));
  return new Map(
    endpoints.map((endpoint) => {
      const model = stagingModel(endpoint, resourceIn(documents, endpoint.path));
      return [`stg_edfi__${endpoint.name}.sql`, renderModel(model)];
    }),
  );
}

function differences(files: ReadonlyMap<string, string>): string[] {
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const surplus = present.filter((name) => !files.has(name)).map((name) => `${name}: no endpoint has it`);
  const changed = [...files].flatMap(([name, text]) => {
    if (!present.includes(name)) return [`${name}: missing`];
    return readFileSync(join(folder, name), "utf8") === text ? [] : [`${name}: differs`];
  });
  return [...surplus, ...changed];
}

function write(files: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  console.log(`${files.size} staging models written`);
}

const files = stagingFiles();
if (process.argv.includes("--check")) {
  const found = differences(files);
  for (const difference of found) console.error(`${difference} (run: node sql/generate-staging.ts)`);
  process.exitCode = found.length > 0 ? 1 : 0;
} else {
  write(files);
}
