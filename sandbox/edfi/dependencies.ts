import { isDescriptor, referencedResources } from "./natural-keys.ts";

/** One line of the dependencies document. */
export interface Dependency {
  readonly resource: string;
  readonly order: number;
  readonly operations: readonly ("Create" | "Update")[];
}

/** People may only be updated once an association gives access to them; until then they can just be created. */
const accessGivenBy: Readonly<Record<string, string>> = {
  students: "studentSchoolAssociations",
  staffs: "staffEducationOrganizationEmploymentAssociations",
  contacts: "studentContactAssociations",
  parents: "studentParentAssociations",
};

/**
 * The order in which resources can be written: descriptors first, then each after those it refers to. Circles are cut at optional
 * references. Lines of equal order do not depend on each other.
 */
export function dependencies(resources: readonly string[]): Dependency[] {
  const levels = levelsOf(resources);
  const lines = resources.flatMap((resource): Dependency[] => {
    const order = levels.get(resource) ?? 1;
    const gate = accessGivenBy[resource];
    const gateOrder = gate === undefined ? undefined : levels.get(gate);
    return gateOrder === undefined
      ? [{ resource, order, operations: ["Create", "Update"] }]
      : [
          { resource, order, operations: ["Create"] },
          { resource, order: gateOrder + 1, operations: ["Update"] },
        ];
  });
  return lines.sort((one, other) => one.order - other.order || (one.resource < other.resource ? -1 : 1));
}

/** The resources, each after those it refers to, names in order where nothing else decides. */
export function dependencyOrder(resources: readonly string[]): string[] {
  const levels = levelsOf(resources);
  return [...resources].sort(
    (one, other) => (levels.get(one) ?? 1) - (levels.get(other) ?? 1) || (one < other ? -1 : 1),
  );
}

function levelsOf(resources: readonly string[]): ReadonlyMap<string, number> {
  const served = new Set(resources);
  const levels = new Map<string, number>();
  const onPath = new Set<string>();
  const level = (resource: string): number => {
    const known = levels.get(resource);
    if (known !== undefined) {
      return known;
    }
    if (isDescriptor(resource)) {
      levels.set(resource, 1);
      return 1;
    }
    onPath.add(resource);
    let deepest = 1;
    for (const reference of orderedReferences(resource)) {
      if (served.has(reference) && !onPath.has(reference)) {
        deepest = Math.max(deepest, level(reference));
      }
    }
    onPath.delete(resource);
    levels.set(resource, deepest + 1);
    return deepest + 1;
  };
  for (const resource of [...resources].sort()) {
    level(resource);
  }
  return levels;
}

// Required references first, so that a circle is cut where the reference is optional.
function orderedReferences(resource: string): string[] {
  const references = referencedResources(resource);
  return [
    ...references.filter((reference) => reference.required).map((reference) => reference.resource),
    ...references.filter((reference) => !reference.required).map((reference) => reference.resource),
  ];
}
