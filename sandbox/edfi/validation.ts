import { canonical, isObject, type JsonObject, type JsonValue, parseRecord, valueAt } from "../json/lossless.ts";
import { type OpenResource, rowsOf } from "../store/open-resource.ts";
import { everything } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import { shapeOf } from "./natural-keys.ts";

/** What is wrong with a record, by the path of the value. */
export type Invalid = Record<string, string[]>;

/** What tells the items of a collection apart, where it is less than the whole item. */
const itemKeys: Readonly<Record<string, readonly string[]>> = {
  scoreResults: ["assessmentReportingMethodDescriptor"],
  performanceLevels: ["assessmentReportingMethodDescriptor", "performanceLevelDescriptor"],
};

/**
 * Looks a record over as far as the sandbox can: the natural key is whole, descriptors exist, no collection holds an item twice. What else a
 * data standard demands of a record is not looked at.
 */
export async function invalidValues(data: YearData, resource: OpenResource, record: JsonObject): Promise<Invalid> {
  const invalid: Invalid = {};
  const add = (path: string, message: string) => {
    invalid[path] = [...(invalid[path] ?? []), message];
  };
  for (const path of Object.values(resource.key ?? {})) {
    const value = valueAt(record, path);
    if (value === undefined || value === null) {
      add(`$.${path}`, `${capital(path.split(".").at(-1) ?? path)} is required.`);
    }
  }
  for (const { path, name, value } of descriptorsIn(record, "$")) {
    if (!(await descriptorExists(data, value))) {
      add(path, `${capital(name)} value '${value}' does not exist.`);
    }
  }
  const singular = shapeOf(resource.name)?.singular ?? resource.name;
  for (const [name, value] of Object.entries(record)) {
    const place = Array.isArray(value) ? secondOfItsKind(name, value) : undefined;
    if (place !== undefined) {
      const message = `The ${ordinal(place + 1)} item of the ${capital(singular)}${capital(name)} has the same identifying values as another item earlier in the list.`;
      add(`$.${name}`, message);
    }
  }
  return invalid;
}

interface DescriptorValue {
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

function* descriptorsIn(value: JsonValue, path: string): Iterable<DescriptorValue> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* descriptorsIn(item, `${path}[${index}]`);
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (name.endsWith("Descriptor") && typeof member === "string") {
        yield { path: `${path}.${name}`, name, value: member };
      } else {
        yield* descriptorsIn(member, `${path}.${name}`);
      }
    }
  }
}

// The resource is read from the value itself, since a property may have another name than its descriptor. One that the data do not have at
// all cannot be judged.
async function descriptorExists(data: YearData, value: string): Promise<boolean> {
  const [, namespace = "", name = "", code = ""] = /^(.*\/(\w+)Descriptor)#(.*)$/.exec(value) ?? [];
  const resource = `${name.charAt(0).toLowerCase()}${name.slice(1)}Descriptors`;
  if (namespace === "" || !data.has(resource)) {
    return namespace !== "";
  }
  const opened = await data.open(resource);
  for (const { text } of rowsOf(opened, everything(opened))) {
    const record = parseRecord(text);
    if (same(record.namespace, namespace) && same(record.codeValue, code)) {
      return true;
    }
  }
  return false;
}

function same(value: JsonValue | undefined, text: string): boolean {
  return typeof value === "string" && value.toLowerCase() === text.toLowerCase();
}

function secondOfItsKind(name: string, items: readonly JsonValue[]): number | undefined {
  const seen = new Set<string>();
  for (const [place, item] of items.entries()) {
    const names = itemKeys[name];
    const kind = names && isObject(item) ? canonical(names.map((each) => item[each] ?? null)) : canonical(item);
    if (seen.has(kind)) {
      return place;
    }
    seen.add(kind);
  }
  return undefined;
}

function ordinal(number: number): string {
  const ending = { 1: "st", 2: "nd", 3: "rd" }[number % 100 > 10 && number % 100 < 14 ? 0 : number % 10] ?? "th";
  return `${number}${ending}`;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
