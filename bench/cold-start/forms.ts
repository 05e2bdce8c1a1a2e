import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { artefactFiles } from "../../scripts/artefact/contents.ts";

const projectFolder = fileURLToPath(new URL("../../", import.meta.url));
const sourcesFile = join(projectFolder, "sources.example.yaml");

/** A way to deploy the same functions. */
export interface Form {
  readonly name: string;
  /** Prepares a folder to start the functions framework in. */
  readonly prepare: (folder: string) => Promise<void>;
  readonly variables?: (folder: string) => Record<string, string>;
}

function linkPackages(folder: string): void {
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
}

function copyConfiguration(folder: string): void {
  for (const name of ["connectors", "sql"]) cpSync(join(projectFolder, name), join(folder, name), { recursive: true });
  cpSync(sourcesFile, join(folder, "sources.yaml"));
}

/** The functions framework with nothing to load: what no form can do without. */
const framework: Form = {
  name: "framework alone",
  prepare: async (folder) => {
    linkPackages(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.mjs" }));
    writeFileSync(
      join(folder, "index.mjs"),
      'import { cloudEvent } from "@google-cloud/functions-framework";\ncloudEvent(process.env.FUNCTION_TARGET, () => undefined);\n',
    );
  },
};

const source: Form = {
  name: "source",
  prepare: async (folder) => {
    linkPackages(folder);
    copyConfiguration(folder);
    for (const name of ["functions", "shared", "package.json"]) {
      cpSync(join(projectFolder, name), join(folder, name), { recursive: true });
    }
  },
};

const compiled: Form = {
  name: "tsc",
  prepare: async (folder) => {
    linkPackages(folder);
    copyConfiguration(folder);
    cpSync(join(projectFolder, "package.json"), join(folder, "package.json"));
    const configuration = join(folder, "tsconfig.json");
    const compilerOptions = {
      noEmit: false,
      allowJs: true,
      rootDir: projectFolder,
      outDir: folder,
      typeRoots: [join(projectFolder, "node_modules/@types")],
    };
    writeFileSync(
      configuration,
      JSON.stringify({
        extends: join(projectFolder, "tsconfig.json"),
        compilerOptions,
        include: [join(projectFolder, "functions"), join(projectFolder, "shared")],
      }),
    );
    const tsc = join(projectFolder, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", configuration], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tsc failed:\n${stdout}`);
    if (readFileSync(join(folder, "functions/index.js"), "utf8").includes(".ts")) {
      throw new Error("tsc left an import of a .ts file in functions/index.js");
    }
  },
};

/** Writes files to a folder, by their paths. */
function unpack(files: ReadonlyMap<string, Uint8Array>, folder: string): void {
  for (const [path, body] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), body);
  }
}

async function prepareBundle(folder: string): Promise<void> {
  linkPackages(folder);
  unpack(await artefactFiles({ projectFolder, sourcesFile }), folder);
}

const bundled: Form = { name: "bundle", prepare: prepareBundle };

/** With the code that V8 compiled in an earlier start, which a new instance of a function does not have. */
const cached: Form = {
  name: "bundle, compiled before",
  prepare: prepareBundle,
  variables: (folder) => ({ NODE_COMPILE_CACHE: join(folder, ".compile-cache") }),
};

export const forms: readonly Form[] = [framework, source, compiled, bundled, cached];
