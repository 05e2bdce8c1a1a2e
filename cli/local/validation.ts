import type { Connector } from "../../shared/config/connector.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { readSources, type Sources } from "../../shared/config/sources.ts";
import { PermanentError } from "../../shared/errors.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { madeFor, sharedMapping } from "../../shared/refresh/configured.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { shipped, sqlFolder } from "./home.ts";

/** What the files say, and every mistake in them. */
export interface Validation {
  /** Undefined when the sources file has a mistake. */
  readonly sources: Sources | undefined;
  readonly connectors: number;
  readonly endpoints: number;
  readonly models: number;
  readonly problems: readonly string[];
}

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

/** Deliveries of pipelines that no model belongs to: each file by itself is right. */
function pipelineProblems({ deliveries = [] }: Sources, models: readonly Model[], file: string): string[] {
  const pipelines = [...new Set(models.flatMap(({ header }) => header.deliver?.pipeline ?? []))];
  return deliveries.flatMap(({ pipeline }, index) =>
    pipelines.includes(pipeline)
      ? []
      : [
          `${file}: deliveries.${index}.pipeline: no model of sql/delivery/ is of "${pipeline}" (there are: ${pipelines.join(", ")})`,
        ],
  );
}

/** Deliveries that would send what is made for another one's target. */
function mappingProblems(sources: Sources, models: readonly Model[], file: string): string[] {
  return (sources.deliveries ?? []).flatMap((delivery, index) => {
    const other = madeFor(delivery, models, sources);
    return other ? [`${file}: deliveries.${index}.from: ${sharedMapping(delivery, other)}`] : [];
  });
}

/** Reads the sources file, the connectors and the models. */
export function validate(sourcesFile: string): Validation {
  const problems: string[] = [];
  const connectors = attempt(problems, () => readConnectors(shipped.connectors)) ?? new Map<string, Connector>();
  const sources = attempt(problems, () => readSources(sourcesFile, connectors));
  const currents = new Set(
    [...connectors.values()].flatMap(({ connector, endpoints }) =>
      Object.keys(endpoints).map((name) => `current_${connector}.${name}`),
    ),
  );
  const models = attempt(problems, () => readCatalogue(sqlFolder(), currents));
  if (sources && models) {
    problems.push(...pipelineProblems(sources, models, sourcesFile), ...mappingProblems(sources, models, sourcesFile));
  }
  const endpoints = [...connectors.values()].reduce((sum, each) => sum + Object.keys(each.endpoints).length, 0);
  return { sources, connectors: connectors.size, endpoints, models: models?.length ?? 0, problems };
}
