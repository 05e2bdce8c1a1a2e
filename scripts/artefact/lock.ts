import * as z from "zod";

const namesSchema = z.record(z.string(), z.string()).optional();

const packageSchema = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  dependencies: namesSchema,
  optionalDependencies: namesSchema,
  peerDependencies: namesSchema,
  peerDependenciesMeta: z.record(z.string(), z.looseObject({ optional: z.boolean().optional() })).optional(),
});

export const lockSchema = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), packageSchema),
});

export type LockedPackage = z.infer<typeof packageSchema>;

/** What the artefact's package.json says. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const folder = "node_modules/";

/** Where Node finds a package that is asked for from a folder: there, or in one of the folders around it. */
function placeOf(name: string, from: string, packages: Readonly<Record<string, LockedPackage>>): string | undefined {
  for (let around = from; ; around = around.slice(0, Math.max(around.lastIndexOf(folder) - 1, 0))) {
    const place = around === "" ? `${folder}${name}` : `${around}/${folder}${name}`;
    if (packages[place]) return place;
    if (around === "") return undefined;
  }
}

function neededBy({ dependencies, peerDependencies, peerDependenciesMeta }: LockedPackage): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  return [...Object.keys(dependencies ?? {}), ...peers];
}

/** What installing these packages brings, by its place in the lock file. @throws Error when the lock file lacks one of them */
export function closure(names: readonly string[], packages: Readonly<Record<string, LockedPackage>>): Set<string> {
  const places = new Set<string>();
  const open = names.map((name) => ({ name, from: "", isOptional: false }));
  for (let next = open.pop(); next; next = open.pop()) {
    const place = placeOf(next.name, next.from, packages);
    const locked = place === undefined ? undefined : packages[place];
    if (place === undefined || !locked) {
      if (next.isOptional) continue;
      throw new Error(
        `package-lock.json has no ${next.name}, which ${next.from || "the artefact"} needs. Run npm install.`,
      );
    }
    if (places.has(place)) continue;
    places.add(place);
    const optional = Object.keys(locked.optionalDependencies ?? {});
    open.push(...neededBy(locked).map((name) => ({ name, from: place, isOptional: optional.includes(name) })));
    open.push(...optional.map((name) => ({ name, from: place, isOptional: true })));
  }
  return places;
}

/**
 * The part of a lock file that the artefact's dependencies need, so that the cloud's build installs the versions that were tested.
 * @param text the project's package-lock.json
 */
export function productionLock(text: string, manifest: Manifest): object {
  const { packages } = lockSchema.parse(JSON.parse(text));
  const { name, version, dependencies, engines } = manifest;
  const wanted = [...closure(Object.keys(dependencies), packages)].sort();
  const kept = wanted.map((place) => {
    // What only the tests need in the project may be needed by something that is deployed.
    const { dev, devOptional, ...locked } = packages[place] ?? {};
    return [place, locked] as const;
  });
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { "": { name, version, dependencies, engines }, ...Object.fromEntries(kept) },
  };
}
