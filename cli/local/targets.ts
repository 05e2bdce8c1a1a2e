import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Connector } from "../../shared/config/connector.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import {
  endpointsOf,
  findEndpoint,
  readSources,
  type Source,
  type Sources,
  yearsOf,
} from "../../shared/config/sources.ts";
import type { Place } from "../../shared/control/place.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { shipped } from "./home.ts";

/** What a deployment is configured to read. */
export interface Configuration {
  readonly file: string;
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
}

/** The file asked for, else sources.yaml here, else the example that points at the sandbox. */
export function sourcesFile(given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const here = resolve("sources.yaml");
  return existsSync(here) ? here : shipped.exampleSources;
}

/** Reads and checks the configuration. @throws PermanentError that lists every mistake */
export function readConfiguration(file: string): Configuration {
  const connectors = readConnectors(shipped.connectors);
  return { file, connectors, sources: readSources(file, connectors) };
}

export interface Selection {
  readonly source?: readonly string[] | undefined;
  readonly endpoint?: readonly string[] | undefined;
  readonly schoolYear?: readonly number[] | undefined;
}

/** One endpoint of a source and year, with the kind of API it belongs to. */
export interface Target extends Place {
  readonly connector: string;
}

function chosenSources({ sources }: Configuration, ids: readonly string[] | undefined): Source[] {
  const known = sources.sources.map((source) => source.id);
  const unknown = ids?.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new CommandError(`There is no source "${unknown}". There are: ${known.join(", ")}.`, exitCodes.usage);
  return sources.sources.filter((source) => ids?.includes(source.id) ?? true);
}

function targetsOf(source: Source, connector: Connector, selection: Selection): Target[] {
  const wanted = selection.endpoint?.flatMap((name) => findEndpoint(connector, name)?.name ?? []);
  const endpoints = endpointsOf(source, connector).filter((endpoint) => wanted?.includes(endpoint) ?? true);
  const years = yearsOf(source).filter((year) => selection.schoolYear?.includes(year) ?? true);
  return years.flatMap((schoolYear) =>
    endpoints.map((endpoint) => ({ source: source.id, endpoint, schoolYear, connector: connector.connector })),
  );
}

/** The endpoints that a selection names. @throws CommandError naming what there is none of */
export function selectTargets(configuration: Configuration, selection: Selection): Target[] {
  const sources = chosenSources(configuration, selection.source);
  const connectors = sources.flatMap((source) => configuration.connectors.get(source.connector) ?? []);
  for (const name of selection.endpoint ?? []) {
    if (connectors.some((connector) => findEndpoint(connector, name))) continue;
    throw new CommandError(
      `There is no endpoint "${name}". See connectors/*.yaml, or: rollcall status`,
      exitCodes.usage,
    );
  }
  const targets = sources.flatMap((source) => {
    const connector = configuration.connectors.get(source.connector);
    return connector ? targetsOf(source, connector, selection) : [];
  });
  if (targets.length === 0)
    throw new CommandError("Nothing is selected: no source has these endpoints and school years.", exitCodes.usage);
  return targets;
}
