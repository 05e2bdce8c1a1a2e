import { type JsonObject, valueAt } from "../json/lossless.ts";
import type { OpenResource } from "../store/open-resource.ts";
import type { YearData } from "../store/year-data.ts";
import { checkItems } from "./collection-items.ts";
import { descriptorExists, descriptorsIn } from "./descriptor-values.ts";
import { capital, type Invalid, noneInvalid } from "./invalid.ts";
import { checkMembers } from "./member-rules.ts";
import type { Members } from "./members.ts";
import { checkMergedKeys } from "./merged-keys.ts";
import { shapeOf } from "./natural-keys.ts";

/**
 * Looks a record over: the natural key is whole and without blanks around it, what a resource of which the members are known must have is there and
 * of its type and length, values that stand twice are equal, descriptors exist, no collection holds an item twice.
 */
export async function invalidValues(
  data: YearData,
  resource: OpenResource,
  record: JsonObject,
  members: Members | undefined,
): Promise<Invalid["messages"]> {
  const invalid = noneInvalid();
  checkKey(resource, record, invalid);
  if (members !== undefined) {
    checkMembers(record, members, invalid);
  }
  checkMergedKeys(resource.name, record, invalid);
  for (const found of descriptorsIn(record)) {
    if (!(await descriptorExists(data, resource.name, found))) {
      invalid.add(found.path, `${capital(found.name)} value '${found.value}' does not exist.`);
    }
  }
  checkItems(record, members ?? {}, capital(shapeOf(resource.name)?.singular ?? resource.name), invalid);
  return invalid.messages;
}

function checkKey({ key }: OpenResource, record: JsonObject, invalid: Invalid): void {
  for (const path of Object.values(key ?? {})) {
    const value = valueAt(record, path);
    const name = capital(path.split(".").at(-1) ?? path);
    if (value === undefined || value === null) {
      invalid.add(`$.${path}`, `${name} is required.`);
    } else if (typeof value === "string" && value !== value.trim()) {
      invalid.add(`$.${path}`, `${name} cannot contain leading or trailing spaces.`);
    }
  }
}
