import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { type Connector, parseConnector } from "../../shared/config/connector.ts";
import { readSources } from "../../shared/config/sources.ts";
import { PermanentError } from "../../shared/errors.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { shipped, sqlFolder } from "../local/home.ts";
import { sourcesFile } from "../local/targets.ts";

/** Runs one check; its mistakes are collected, so that one call shows all of them. */
function attempt<Value>(problems: string[], check: () => Value): Value | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** `rollcall validate` */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check the sources file, the connectors and the models; every mistake is listed")
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .option("--json", "print the result as JSON", false)
    .action((options: { sources?: string; json: boolean }) => {
      const problems: string[] = [];
      const connectors = new Map<string, Connector>();
      for (const name of readdirSync(shipped.connectors).filter((entry) => entry.endsWith(".yaml"))) {
        const file = join(shipped.connectors, name);
        const connector = attempt(problems, () => parseConnector(readFileSync(file, "utf8"), file));
        if (connector) connectors.set(connector.connector, connector);
      }
      const file = sourcesFile(options.sources);
      const sources = attempt(problems, () => readSources(file, connectors));
      const currents = new Set(
        [...connectors.values()].flatMap(({ connector, endpoints }) =>
          Object.keys(endpoints).map((name) => `current_${connector}.${name}`),
        ),
      );
      const models = attempt(problems, () => readCatalogue(sqlFolder(), currents));
      const endpoints = [...connectors.values()].reduce(
        (sum, connector) => sum + Object.keys(connector.endpoints).length,
        0,
      );
      const counts = {
        sources: sources?.sources.length ?? 0,
        connectors: connectors.size,
        endpoints,
        models: models?.length ?? 0,
      };
      if (options.json) process.stdout.write(`${JSON.stringify({ file, ...counts, problems }, undefined, 2)}\n`);
      if (problems.length > 0) throw new CommandError(options.json ? "" : problems.join("\n"), exitCodes.usage);
      if (!options.json) {
        process.stdout.write(
          `${file}: ${counts.sources} sources; ${counts.connectors} connectors with ${counts.endpoints} endpoints; ${counts.models} models. All well.\n`,
        );
      }
    });
}
