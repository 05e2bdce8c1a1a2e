import { isJsonObject, type Json, type JsonObject, scalarText } from "./json.ts";

/** The values of a natural key by their flattened names. */
export type Identity = Readonly<Record<string, string>>;

const referenceEnding = "Reference";

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/**
 * A record's own values and those of its references by the names that the API flattens them to: `sectionReference.schoolId` is `schoolId`,
 * and `sectionSchoolId` where another `schoolId` is meant.
 */
export function flattened(document: JsonObject): Map<string, string> {
  const values = new Map<string, string>();
  const references = Object.entries(document).filter(
    ([name, value]) => name.endsWith(referenceEnding) && isJsonObject(value),
  );
  for (const [name, reference] of references) {
    const role = name.slice(0, -referenceEnding.length);
    for (const [inner, value] of Object.entries(reference as JsonObject)) {
      const text = scalarText(value);
      if (text === undefined) continue;
      if (!values.has(inner)) values.set(inner, text);
      values.set(`${role}${capital(inner)}`, text);
    }
  }
  for (const [name, value] of Object.entries(document)) {
    const text = scalarText(value);
    if (text !== undefined) values.set(name, text);
  }
  return values;
}

/**
 * The natural key of a record, given its values; its parts by name, so that its JSON is the same whoever writes it. Undefined when a part of it
 * is missing, or when nobody says what it is.
 */
export function identityOf(values: ReadonlyMap<string, string>, names: readonly string[]): Identity | undefined {
  if (names.length === 0) return undefined;
  const identity: Record<string, string> = {};
  for (const name of [...names].sort()) {
    const value = values.get(name);
    if (value === undefined) return undefined;
    identity[name] = value;
  }
  return identity;
}

/** One text for a natural key, whatever order its parts come in. */
export function identityText(identity: Identity): string {
  return JSON.stringify(Object.entries(identity).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The collections of a pipeline, by the name that references and descriptors know them by. */
export class Relations {
  readonly #singulars: readonly (readonly [singular: string, resource: string])[];

  constructor(resources: readonly string[]) {
    const named = resources.map((resource): [string, string] => [singularOf(resource), resource]);
    // A role stands before the name of the resource itself, so the longest name that fits is the one.
    this.#singulars = named.sort(([one], [other]) => other.length - one.length);
  }

  /** The records of these collections that a document refers to. */
  *referredTo(document: Json): Generator<{ readonly resource: string; readonly key: string }> {
    if (Array.isArray(document)) {
      for (const item of document) yield* this.referredTo(item);
      return;
    }
    if (!isJsonObject(document)) return;
    for (const [name, value] of Object.entries(document)) {
      if (typeof value === "string" && name.endsWith("Descriptor")) {
        const resource = this.#named(name);
        if (resource) yield { resource, key: value.toLowerCase() };
      } else if (isJsonObject(value) && name.endsWith(referenceEnding)) {
        const resource = this.#named(name.slice(0, -referenceEnding.length));
        const identity = Object.entries(value).flatMap(([part, inner]) => {
          const text = scalarText(inner);
          return text === undefined ? [] : [[part, text] as const];
        });
        if (resource) yield { resource, key: identityText(Object.fromEntries(identity)) };
      } else {
        yield* this.referredTo(value);
      }
    }
  }

  #named(name: string): string | undefined {
    const lower = name.toLowerCase();
    const isAt = (singular: string): boolean => {
      const start = name.length - singular.length;
      return lower.endsWith(singular.toLowerCase()) && (start === 0 || /[A-Z]/.test(name.charAt(start)));
    };
    return this.#singulars.find(([singular]) => isAt(singular))?.[1];
  }
}

/** How others refer to a record: a descriptor by its address, any other by its natural key. */
export function referenceKey(resource: string, identity: Identity): string {
  const { namespace, codeValue } = identity;
  const isDescriptor = resource.endsWith("Descriptors") && namespace !== undefined && codeValue !== undefined;
  return isDescriptor ? `${namespace}#${codeValue}`.toLowerCase() : identityText(identity);
}

function singularOf(resource: string): string {
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  if (name.endsWith("ies")) return `${name.slice(0, -3)}y`;
  return name.endsWith("s") ? name.slice(0, -1) : name;
}
