import type { Step } from "../json/edit.ts";
import { isObject, type JsonObject, type JsonValue } from "../json/lossless.ts";

/** A reference in a record: `sectionReference` and what it holds. */
export interface Reference {
  readonly property: string;
  /** Where it stands in the record. */
  readonly steps: readonly Step[];
  readonly value: JsonObject;
}

/** All references in a record, those in its collections too. */
export function* referencesIn(value: JsonValue, steps: readonly Step[] = []): Iterable<Reference> {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      yield* referencesIn(element, [...steps, index]);
    }
    return;
  }
  if (!isObject(value)) {
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const path = [...steps, name];
    if (name.endsWith("Reference") && isObject(member)) {
      yield { property: name, steps: path, value: member };
    } else {
      yield* referencesIn(member, path);
    }
  }
}
