import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { graphOf } from "../../shared/refresh/graph.ts";
import { docsPage } from "../docs/page.ts";
import { questionsOf } from "../docs/questions.ts";
import { shipped, sqlFolder } from "../local/home.ts";
import { readConfiguration, sourcesFile } from "../local/targets.ts";

interface DocsOptions {
  readonly out: string;
  readonly all: boolean;
  readonly sources?: string;
}

/** `rollcall docs` */
export function docsCommand(): Command {
  return new Command("docs")
    .description("Write one page about the models: columns, lineage, tests, and the questions that they answer")
    .option("--out <file>", "where to write it", "rollcall-docs.html")
    .option("--all", "also models of connectors that no source uses", false)
    .option("--sources <file>", "sources file (default: sources.yaml, else what the last run read)")
    .addHelpText("after", "\nThe page stands by itself: it fetches nothing, and can be sent or put on any web server.")
    .action(({ out, all, sources }: DocsOptions) => {
      const catalogue = readCatalogue(sqlFolder());
      const models = all ? catalogue : deployedModels(catalogue, readConfiguration(sourcesFile(sources)).sources);
      const questions = existsSync(shipped.questions) ? questionsOf(readFileSync(shipped.questions, "utf8")) : [];
      const graph = graphOf(models);
      writeFileSync(out, docsPage(graph, questions));
      process.stdout.write(`${out}: ${graph.models.length} models, ${questions.length} questions\n`);
    });
}
