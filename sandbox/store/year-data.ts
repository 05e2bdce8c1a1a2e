import { statSync } from "node:fs";
import { dependencyOrder } from "../edfi/dependencies.ts";
import { isDescriptor, keyFor } from "../edfi/natural-keys.ts";
import type { SyntheticResource } from "../edfi/synthetic.ts";
import { parseRecord } from "../json/lossless.ts";
import { sequence, type Versions } from "./base-rows.ts";
import { newestIn, readVersions } from "./change-versions.ts";
import { type FileRows, openFileRows } from "./file-rows.ts";
import type { ResourceFile } from "./folder.ts";
import type { OpenResource } from "./open-resource.ts";
import { emptyOverlay, type Overlay } from "./overlay.ts";
import type { RowsCache } from "./rows-cache.ts";
import { syntheticRows } from "./synthetic-rows.ts";

/** Everything the sandbox serves for one school year: its resources and its own sequence of change versions. */
export interface YearData {
  readonly year: number;
  readonly resources: readonly string[];
  readonly standard: number;
  has(resource: string): boolean;
  /** The rows of a resource the year has. */
  open(resource: string): Promise<OpenResource>;
  /** The change versions of a resource's own rows. */
  versions(resource: string): Promise<Versions>;
  /** The newest change version given out. */
  newest(): Promise<bigint>;
  /** Gives out the next change version. Only after `newest()` was awaited once. */
  next(): bigint;
  /** Forgets all changes. */
  reset(): void;
}

export type Source = ({ readonly kind: "file" } & ResourceFile) | ({ readonly kind: "synthetic" } & SyntheticResource);

/** Lays out a school year's data. Nothing is read before it is asked for. */
export function yearData(
  year: number,
  sources: ReadonlyMap<string, Source>,
  cache: RowsCache<FileRows>,
  standardWanted: number | undefined,
): YearData {
  const resources = dependencyOrder([...sources.keys()]);
  const standard = standardWanted ?? guessStandard(sources);
  const versionsBy = new Map<string, Promise<Versions>>();
  let overlays = new Map<string, Overlay>();
  let assigned: Promise<Assigned> | undefined;
  let newest: bigint | undefined;

  const source = (resource: string) => {
    const found = sources.get(resource);
    if (found === undefined) {
      throw new Error(`There is no resource ${resource} in ${year}.`);
    }
    return found;
  };
  const rows = async (resource: string) => {
    const from = source(resource);
    return from.kind === "synthetic"
      ? syntheticRows(from)
      : await cache.get(`${year}/${resource}`, () => openFileRows(resource, from.path, standard));
  };
  const overlay = (resource: string) => {
    const known = overlays.get(resource) ?? emptyOverlay();
    overlays.set(resource, known);
    return known;
  };
  const open = async (resource: string): Promise<OpenResource> => {
    const found = await rows(resource);
    const sample = found.count > 0 ? parseRecord(found.text(0)) : undefined;
    return { name: resource, rows: found, overlay: overlay(resource), key: keyFor(resource, sample, standard) };
  };
  const assign = () => {
    assigned ??= assignVersions(resources, source, async (resource) => (await rows(resource)).count);
    return assigned;
  };
  const readOwn = async (resource: string): Promise<Versions> => {
    const from = source(resource);
    if (from.kind === "file" && from.versionsPath !== undefined) {
      const found = await rows(resource);
      return await readVersions(from.versionsPath, found.count, found.id);
    }
    return sequence((await assign()).first.get(resource) ?? 1n);
  };

  return {
    year,
    resources,
    standard,
    has: (resource) => sources.has(resource),
    open,
    versions: (resource) => {
      const known = versionsBy.get(resource) ?? readOwn(resource);
      versionsBy.set(resource, known);
      return known;
    },
    newest: async () => {
      newest ??= (await assign()).newest;
      return newest;
    },
    next: () => {
      if (newest === undefined) {
        throw new Error("newest() was not awaited.");
      }
      newest += 1n;
      return newest;
    },
    reset: () => {
      overlays = new Map();
      newest = undefined;
    },
  };
}

interface Assigned {
  /** The first version of each resource that came without versions. */
  readonly first: ReadonlyMap<string, bigint>;
  readonly newest: bigint;
}

// Rows that came without versions are numbered after all that have one, resource by resource in dependency order.
async function assignVersions(
  resources: readonly string[],
  source: (resource: string) => Source,
  count: (resource: string) => Promise<number>,
): Promise<Assigned> {
  let newest = 0n;
  const without: string[] = [];
  for (const resource of resources) {
    const from = source(resource);
    if (from.kind === "file" && from.versionsPath !== undefined) {
      const own = await newestIn(from.versionsPath);
      newest = own > newest ? own : newest;
    } else {
      without.push(resource);
    }
  }
  const first = new Map<string, bigint>();
  for (const resource of without) {
    first.set(resource, newest + 1n);
    newest += BigInt(await count(resource));
  }
  return { first, newest };
}

// The data standard shows in which resources there are; of two that cannot be told apart the older one.
function guessStandard(sources: ReadonlyMap<string, Source>): number {
  if (sources.has("studentDemographics") || sources.has("studentDirectories")) {
    return 6;
  }
  if (sources.has("contacts") || sources.has("studentContactAssociations")) {
    return 5;
  }
  return sources.has("descriptorMappings") || sources.has("localAccounts") ? 4 : 3;
}

/** The size of a year's files, for people. */
export function bytesOf(sources: ReadonlyMap<string, Source>): number {
  return [...sources.values()].reduce((sum, from) => sum + (from.kind === "file" ? statSync(from.path).size : 0), 0);
}

/** Descriptors of a year. */
export function descriptorsOf(data: YearData): readonly string[] {
  return data.resources.filter(isDescriptor);
}
