import { keyText, referenceTargets, shapeOf } from "../edfi/natural-keys.ts";
import { pathOf } from "../edfi/resource-names.ts";
import { editText } from "../json/edit.ts";
import { canonical, isObject, type JsonObject, parseRecord } from "../json/lossless.ts";
import { rowByKey } from "./open-resource.ts";
import { referencesIn } from "./references.ts";
import type { YearData } from "./year-data.ts";

/**
 * Puts right the links of references that `text` changed against `before`: they lead to what the reference now names, and are taken away
 * when there is no such record.
 */
export async function relinked(data: YearData, before: string, text: string): Promise<string> {
  const old = new Map(
    [...referencesIn(parseRecord(before))].map(({ steps, value }) => [steps.join("."), withoutLink(value)]),
  );
  let result = text;
  for (const { property, steps, value } of referencesIn(parseRecord(text))) {
    const own = withoutLink(value);
    const previous = old.get(steps.join("."));
    if (isObject(value.link) && (previous === undefined || canonical(previous) !== canonical(own))) {
      const link = await linkTo(data, property, own);
      result = editText(result, [...steps, "link"], () => (link === undefined ? undefined : JSON.stringify(link)));
    }
  }
  return result;
}

async function linkTo(data: YearData, property: string, reference: JsonObject): Promise<JsonObject | undefined> {
  for (const name of referenceTargets(property).filter((target) => data.has(target))) {
    const resource = await data.open(name);
    const names = Object.keys(resource.key ?? {});
    // A reference to an education organization has its id under the abstract name, whatever kind it is.
    const values = names.length === 1 ? Object.values(reference) : names.map((each) => reference[each]);
    const key = Object.fromEntries(names.map((each, index) => [each, values[index] ?? null]));
    const row = rowByKey(resource, keyText(key));
    if (row !== undefined) {
      const singular = shapeOf(name)?.singular ?? name;
      const rel = singular.charAt(0).toUpperCase() + singular.slice(1);
      return { rel, href: `${pathOf(name)}/${row.id}` };
    }
  }
  return undefined;
}

function withoutLink(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== "link"));
}
