import { keyText, referencedResources, referenceTargets, shapeOf } from "../edfi/natural-keys.ts";
import { editText, mergeText } from "../json/edit.ts";
import { type JsonObject, parseRecord } from "../json/lossless.ts";
import type { Versions } from "./base-rows.ts";
import { identityOf, type OpenResource, type Row, rowAt, versionAt } from "./open-resource.ts";
import { referencesIn } from "./references.ts";
import { stamped, type Writer } from "./writer.ts";
import type { YearData } from "./year-data.ts";

/** A natural key before and after. */
export interface ChangedKey {
  readonly old: JsonObject;
  readonly new: JsonObject;
}

/** A resource that refers to another, with the change versions its rows came with. */
export interface Dependent {
  readonly resource: OpenResource;
  readonly versions: Versions;
}

/** Resources that refer to a resource, opened; by the name of that resource. */
export type Dependents = ReadonlyMap<string, readonly Dependent[]>;

/** Opens every resource that a key change of `resource` can reach, directly or through others. */
export async function dependentsOf(data: YearData, resource: string): Promise<Dependents> {
  const result = new Map<string, Dependent[]>();
  const left = [resource];
  while (left.length > 0) {
    const target = left.pop() ?? "";
    if (result.has(target)) {
      continue;
    }
    const found = await directDependents(data, target);
    left.push(...found.map((dependent) => dependent.resource.name));
    result.set(target, found);
  }
  return result;
}

/** Opens every resource that refers to `target` itself. */
export async function directDependents(data: YearData, target: string): Promise<Dependent[]> {
  const found: Dependent[] = [];
  for (const name of data.resources) {
    const opened = await openIfReferring(data, name, target);
    if (opened !== undefined) {
      found.push({ resource: opened, versions: await data.versions(name) });
    }
  }
  return found;
}

async function openIfReferring(data: YearData, name: string, target: string): Promise<OpenResource | undefined> {
  if (shapeOf(name) !== undefined) {
    return referencedResources(name).some((reference) => reference.resource === target)
      ? await data.open(name)
      : undefined;
  }
  // Nothing is known of an extension's resource but what its first record shows.
  const opened = await data.open(name);
  const sample = rowAt(opened, 0);
  const refers =
    sample &&
    [...referencesIn(parseRecord(sample.text))].some(({ property }) => referenceTargets(property).includes(target));
  return refers ? opened : undefined;
}

/**
 * Rewrites the references to changed keys in all dependents, and on through the dependents whose own key changed by it. Every row that
 * follows takes a change version (before ODS/API 7.3 it keeps the one it has), and a line in `/keyChanges` when its key changed. Returns how many rows followed.
 */
export function cascade(writer: Writer, resource: string, keys: readonly ChangedKey[], dependents: Dependents): number {
  let followed = 0;
  const newKeys = new Map(keys.map((key) => [keyText(key.old), key.new]));
  for (const dependent of dependents.get(resource) ?? []) {
    const changed: ChangedKey[] = [];
    for (const row of candidates(dependent.resource, keys)) {
      const text = rewritten(row.text, resource, newKeys);
      if (text !== row.text) {
        changed.push(...follow(writer, dependent, row, text));
        followed += 1;
      }
    }
    if (changed.length > 0) {
      followed += cascade(writer, dependent.resource.name, changed, dependents);
    }
  }
  return followed;
}

function follow(writer: Writer, { resource, versions }: Dependent, row: Row, text: string): ChangedKey[] {
  const before = identityOf(resource, parseRecord(row.text));
  const after = identityOf(resource, parseRecord(text));
  const followed = writer.cascadeTakesVersions
    ? { text: stamped(text, writer.stamp()), version: writer.data.next() }
    : { text, version: versionAt(resource, versions, row.ordinal) };
  resource.overlay.put(row.ordinal, { id: row.id, ...followed, keyText: after.text });
  if (before.text === after.text) {
    return [];
  }
  const tracked = { id: row.id, version: writer.data.next(), oldKeyValues: before.values, newKeyValues: after.values };
  resource.overlay.recordKeyChange(tracked);
  return [{ old: before.values, new: after.values }];
}

/** The rows that may refer to one of the old keys: few to look at, and none left out. */
export function candidates(resource: OpenResource, keys: readonly ChangedKey[]): Row[] {
  const needle = commonNeedle(keys);
  const ordinals = new Set<number>(resource.overlay.touchedOrdinals());
  for (const ordinal of resource.rows.containing(needle)) {
    ordinals.add(ordinal);
  }
  return [...ordinals].sort((one, other) => one - other).flatMap((ordinal) => rowAt(resource, ordinal) ?? []);
}

// A value that all the old keys share and that every JSON text writes alike narrows the search; the longest does it best.
function commonNeedle(keys: readonly ChangedKey[]): string {
  const [first] = keys;
  const shared = Object.entries(first?.old ?? {}).flatMap(([name, value]) =>
    typeof value === "string" && /^[A-Za-z0-9 _.-]{2,}$/.test(value) && keys.every((key) => key.old[name] === value)
      ? [JSON.stringify(value)]
      : [],
  );
  return shared.sort((one, other) => other.length - one.length)[0] ?? "";
}

function rewritten(text: string, resource: string, newKeys: ReadonlyMap<string, JsonObject>): string {
  const names = Object.keys([...newKeys.values()][0] ?? {});
  let result = text;
  for (const { property, steps, value } of referencesIn(parseRecord(text))) {
    if (referenceTargets(property).includes(resource) && names.every((name) => name in value)) {
      const own = Object.fromEntries(names.map((name) => [name, value[name] ?? null]));
      const newKey = newKeys.get(keyText(own));
      result = newKey === undefined ? result : editText(result, steps, (old) => mergeText(old ?? "{}", newKey));
    }
  }
  return result;
}
