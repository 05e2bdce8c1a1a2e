import { isObject, type JsonValue, parseRecord } from "../json/lossless.ts";
import { type OpenResource, rowByKey, rowsOf } from "../store/open-resource.ts";
import { everything } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import { keyText } from "./natural-keys.ts";
import { plainName } from "./resource-names.ts";

/** A code in a record, under the name of the member that has it. */
export interface DescriptorValue {
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/** All codes in a record, those in its collections too. */
export function* descriptorsIn(value: JsonValue, path = "$"): Iterable<DescriptorValue> {
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

/** Whether a code is one of its code list. One whose list the data do not have at all cannot be judged. */
export async function descriptorExists(
  data: YearData,
  resource: string,
  { name, value }: DescriptorValue,
): Promise<boolean> {
  const at = value.lastIndexOf("#");
  const list = codeListOf(data, resource, name, value);
  if (at === -1 || list === undefined) {
    return at !== -1;
  }
  return holds(await data.open(list), value.slice(0, at), value.slice(at + 1));
}

// A member may have a role before the name of its code list (`birthSexDescriptor`), or be named altogether differently; then the code says it.
function codeListOf(data: YearData, resource: string, member: string, value: string): string | undefined {
  const own = plainName(resource);
  const extension = resource.slice(0, resource.length - own.length);
  const named = [...member.matchAll(/(?:^|(?=[A-Z]))./g)].map(({ index }) => lowerFirst(`${member.slice(index)}s`));
  const said = /\/(\w+Descriptor)(?:\/|#)/.exec(value)?.[1];
  return [...named, ...(said === undefined ? [] : [`${lowerFirst(said)}s`])]
    .flatMap((list) => (extension === "" ? [list] : [extension + list, list]))
    .find((list) => data.has(list));
}

function holds(list: OpenResource, namespace: string, codeValue: string): boolean {
  if (list.key !== undefined && rowByKey(list, keyText({ namespace, codeValue })) !== undefined) {
    return true;
  }
  for (const { text } of rowsOf(list, everything(list))) {
    const record = parseRecord(text);
    if (same(record.namespace, namespace) && same(record.codeValue, codeValue)) {
      return true;
    }
  }
  return false;
}

function same(value: JsonValue | undefined, text: string): boolean {
  return typeof value === "string" && value.toLowerCase() === text.toLowerCase();
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
