import { dependencyOrder } from "../edfi/dependencies.ts";
import { type KeyPaths, keyFor } from "../edfi/natural-keys.ts";
import type { SyntheticResource } from "../edfi/synthetic.ts";
import { parseRecord } from "../json/lossless.ts";
import { type BaseRows, sequence, type Versions } from "./base-rows.ts";
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
  /** A resource's own name for any writing of it; what is no resource stays as it is. */
  nameInAnyCase(written: string): string;
  /** The rows of a resource the year has. */
  open(resource: string): Promise<OpenResource>;
  /** The change versions of a resource's own rows. */
  versions(resource: string): Promise<Versions>;
  /** The newest change version given out. */
  newest(): Promise<bigint>;
  /** Gives out the next change version. Only after `newest()` was awaited once. */
  next(): bigint;
  /** The data as they are now, whatever happens to them later. Only after `newest()` was awaited once. */
  frozen(): YearData;
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
  const inLowerCase = new Map(resources.map((resource) => [resource.toLowerCase(), resource]));
  const keys = new Map<string, KeyPaths | undefined>();
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
  const keyOf = (resource: string, found: BaseRows) => {
    // The first record decides for good which of a resource's keys it is.
    if (!keys.has(resource)) {
      keys.set(resource, keyFor(resource, found.count > 0 ? parseRecord(found.text(0)) : undefined, standard));
    }
    return keys.get(resource);
  };
  const openWith = async (resource: string, over: (resource: string) => Overlay): Promise<OpenResource> => {
    const found = await rows(resource);
    return { name: resource, rows: found, overlay: over(resource), key: keyOf(resource, found) };
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

  const data: YearData = {
    year,
    resources,
    standard,
    has: (resource) => sources.has(resource),
    nameInAnyCase: (written) => inLowerCase.get(written.toLowerCase()) ?? written,
    open: async (resource) => await openWith(resource, overlay),
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
    frozen: () => {
      const until = newest ?? 0n;
      const kept = new Map([...overlays].map(([resource, own]) => [resource, own.copy()]));
      const over = (resource: string) => {
        const own = kept.get(resource) ?? emptyOverlay();
        kept.set(resource, own);
        return own;
      };
      return {
        ...data,
        open: async (resource) => await openWith(resource, over),
        newest: async () => until,
        next: () => {
          throw new Error("Frozen data take no changes.");
        },
      };
    },
    reset: () => {
      overlays = new Map();
      newest = undefined;
    },
  };
  return data;
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

const marks: readonly (readonly [number, readonly string[]])[] = [
  [6, ["studentDemographics", "studentDirectories", "studentIdentificationCodes"]],
  [5, ["contacts", "studentContactAssociations", "studentProgramEvaluations"]],
  [4, ["descriptorMappings", "localAccounts", "studentAssessmentEducationOrganizationAssociations"]],
  [
    3,
    ["parents", "studentParentAssociations", "learningObjectives", "accounts", "studentDisciplineIncidentAssociations"],
  ],
];

// The data standard shows in which resources there are; where none of them tells, it is the one this version of the API is known for.
function guessStandard(sources: ReadonlyMap<string, Source>): number {
  return marks.find(([, resources]) => resources.some((resource) => sources.has(resource)))?.[0] ?? 5;
}
