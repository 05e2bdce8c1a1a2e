import { keyText, referenceTargets, shapeOf } from "../edfi/natural-keys.ts";
import { type JsonObject, parseRecord } from "../json/lossless.ts";
import { candidates, directDependents } from "./cascade.ts";
import { type OpenResource, rowByKey } from "./open-resource.ts";
import { referencesIn } from "./references.ts";
import type { YearData } from "./year-data.ts";

/** The name (`School`) of a reference of the record that leads to nothing; undefined when all lead somewhere or cannot be judged. */
export async function unresolvedReference(data: YearData, record: JsonObject): Promise<string | undefined> {
  for (const { property, value } of referencesIn(record)) {
    const targets = referenceTargets(property).filter((target) => data.has(target));
    const opened = await Promise.all(targets.map(async (target) => await data.open(target)));
    if (opened.length > 0 && !opened.some((target) => leadsTo(target, value))) {
      const [only, ...others] = targets;
      return others.length === 0 && only !== undefined ? nameOf(only) : "EducationOrganization";
    }
  }
  return undefined;
}

/** The name of a record that refers to the one with this natural key; undefined when there is none. */
export async function referrerOf(data: YearData, resource: string, key: JsonObject): Promise<string | undefined> {
  const names = Object.keys(key);
  for (const { resource: dependent } of await directDependents(data, resource)) {
    for (const { text } of candidates(dependent, [{ old: key, new: key }])) {
      const refers = [...referencesIn(parseRecord(text))].some(
        ({ property, value }) =>
          referenceTargets(property).includes(resource) &&
          names.every((name) => name in value) &&
          keyText(Object.fromEntries(names.map((name) => [name, value[name] ?? null]))) === keyText(key),
      );
      if (refers) {
        return nameOf(dependent.name);
      }
    }
  }
  return undefined;
}

// A key with other names than the reference's is one of another data standard, of which nothing can be said.
function leadsTo(target: OpenResource, reference: JsonObject): boolean {
  const names = Object.keys(target.key ?? {});
  const values = names.length === 1 ? Object.values(reference) : names.map((name) => reference[name]);
  if (names.length === 0 || values.length === 0 || values.some((value) => value === undefined)) {
    return true;
  }
  const key = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
  return rowByKey(target, keyText(key)) !== undefined;
}

function nameOf(resource: string): string {
  const singular = shapeOf(resource)?.singular ?? resource;
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}
