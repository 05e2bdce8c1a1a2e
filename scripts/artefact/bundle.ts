import { basename } from "node:path";
import { build } from "esbuild";

/**
 * What the platform's build installs. The functions framework starts the program and must find in it the registry that it has itself
 * loaded. The clients that speak gRPC look for files beside their own, and are loaded only when they are needed.
 */
export const notBundled = [
  "@google-cloud/functions-framework",
  "@google-cloud/pubsub",
  "@google-cloud/secret-manager",
  "google-gax",
] as const;

/** The file the functions framework loads. Its ending says that it is a module, so that no package.json is looked for. */
export const mainFile = "index.mjs";

/** What esbuild's output has no words for: CommonJS packages in it ask for Node's own modules by `require`. */
const banner = `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`;

export interface Bundle {
  /** By name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Every source file that has gone in, below the project's folder. */
  readonly inputs: readonly string[];
}

/**
 * Puts the functions and the packages they use into few files: one for each function, and one for each part that some of them share or
 * that is loaded only when it is needed. Names of functions and classes stay, because errors and `shared/google/rows.ts` tell them.
 */
export async function bundle(projectFolder: string): Promise<Bundle> {
  const result = await build({
    absWorkingDir: projectFolder,
    entryPoints: {
      index: "functions/index.js",
      extract: "functions/extract/index.ts",
      load: "functions/load/index.ts",
      refresh: "functions/refresh/index.ts",
      deliver: "functions/deliver/index.ts",
      reconcile: "functions/reconcile/index.ts",
    },
    outdir: "dist",
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: [...notBundled.flatMap((name) => [name, `${name}/*`])],
    outExtension: { ".js": ".mjs" },
    chunkNames: "shared-[hash]",
    banner: { js: banner },
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
    legalComments: "none",
    logLevel: "error",
  });
  const files = new Map(result.outputFiles.map(({ path, contents }) => [basename(path), contents]));
  return { files, inputs: Object.keys(result.metafile.inputs).sort() };
}
