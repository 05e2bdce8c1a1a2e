import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { jsonIn } from "./control-objects.ts";
import type { Model } from "./model.ts";
import { partsOf, type SqlFile } from "./sql-file.ts";

/** Beside the models in the artefact: what parsing them gave, because that takes a function's start more time than all else. */
export const parsedFile = "catalogue.json";

type ParsedModel = Omit<Model, "sql">;

/** What the models themselves say is written by the same code that reads it, and is not checked once more. */
const parsedSchema = z.object({
  /** Of which files this is. */
  files: z.string(),
  models: z.array(z.custom<ParsedModel>((value) => typeof value === "object" && value !== null)),
});

function hashOf(files: readonly SqlFile[]): string {
  return createHash("sha256")
    .update(JSON.stringify(files.map(({ path, text }) => [path, text])))
    .digest("hex");
}

/**
 * Writes down what parsing files gave, all but the SELECTs, which are taken from the files as they are.
 * @param models all of the files' models, checked with one another
 */
export function parsedText(files: readonly SqlFile[], models: readonly Model[]): string {
  return `${JSON.stringify({ files: hashOf(files), models: models.map(({ sql, ...rest }) => rest) })}\n`;
}

/**
 * The models that were written down beside these files, or undefined where nothing was, or of other files, or in another form: to parse
 * the files is always right.
 */
export function parsedModels(folder: string, files: readonly SqlFile[]): Model[] | undefined {
  const path = join(folder, parsedFile);
  if (!existsSync(path)) return undefined;
  const { data: parsed } = parsedSchema.safeParse(jsonIn(readFileSync(path, "utf8")));
  if (parsed?.files !== hashOf(files)) return undefined;
  const selects = new Map(files.map((file) => [file.path, partsOf(file.text)?.sql ?? ""]));
  return parsed.models.map((model) => ({ ...model, sql: selects.get(model.file) ?? "" }));
}
