import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { PermanentError } from "../shared/errors.ts";
import { billOfMaterials } from "./artefact/bill.ts";
import { artefactFiles } from "./artefact/contents.ts";
import { zip } from "./artefact/zip.ts";

const projectFolder = fileURLToPath(new URL("../", import.meta.url));

interface Options {
  readonly sources: string;
  readonly out: string;
  readonly json: boolean;
}

function billOf(out: string): string {
  return `${out.replace(/\.zip$/, "")}.sbom.json`;
}

async function build({ sources, out, json }: Options): Promise<void> {
  if (!existsSync(sources)) {
    throw new PermanentError(
      `There is no ${sources}. Copy sources.example.yaml to it, or name another with --sources.`,
    );
  }
  const files = await artefactFiles({ projectFolder, sourcesFile: resolve(sources) });
  const artefact = zip(files);
  const sha256 = createHash("sha256").update(artefact).digest("hex");
  mkdirSync(dirname(resolve(out)), { recursive: true });
  writeFileSync(out, artefact);
  // Beside the artefact, not in it: what it is made of says which artefact it is about.
  writeFileSync(billOf(out), `${JSON.stringify(billOfMaterials(projectFolder, sha256), null, 2)}\n`);
  const made = { file: out, sha256, bytes: artefact.length, files: files.size };
  if (json) process.stdout.write(`${JSON.stringify(made)}\n`);
  else process.stdout.write(`${out}: ${made.files} files, ${(made.bytes / 1e6).toFixed(1)} MB, sha256 ${sha256}\n`);
}

await new Command("build")
  .description(
    "Write the one zip that every function is deployed from; the same files give the same bytes; and beside it what it is made of",
  )
  .option("--sources <file>", "the sources.yaml of the deployment", "sources.yaml")
  .option("--out <file>", "where to write it", "dist/rollcall.zip")
  .option("--json", "print what was made as JSON", false)
  .action(async (options: Options) => {
    try {
      await build(options);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();
