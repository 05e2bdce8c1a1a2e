import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import { scratchFolder } from "../scratch-folder.ts";

/** A folder with only these models and what they read, for tests that are about runs rather than about models. */
export function modelsFolder(names: readonly string[]): string {
  const graph = graphOf(readCatalogue("sql"));
  const selected = selectModels(
    graph,
    names.map((name) => `+${name}`),
  );
  const folder = scratchFolder("rollcall-models");
  for (const model of graph.models.filter(({ name }) => selected.has(name))) {
    const file = join(folder, model.file);
    mkdirSync(dirname(file), { recursive: true });
    cpSync(join("sql", model.file), file);
  }
  return folder;
}
