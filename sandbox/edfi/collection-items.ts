import { canonical, isObject, type JsonObject, type JsonValue } from "../json/lossless.ts";
import { capital, type Invalid } from "./invalid.ts";
import type { Members } from "./members.ts";

/** What tells the items of a collection apart where nothing is known of its resource, and it is less than the whole item. */
const itemKeys: Readonly<Record<string, readonly string[]>> = {
  scoreResults: ["assessmentReportingMethodDescriptor"],
  performanceLevels: ["assessmentReportingMethodDescriptor", "performanceLevelDescriptor"],
};

/**
 * Adds the collections that hold an item twice, those inside of items too.
 * @param owner what the messages call the collection's owner: `StudentAssessment`
 */
export function checkItems(record: JsonObject, members: Members, owner: string, invalid: Invalid, path = "$"): void {
  for (const [name, value] of Object.entries(record)) {
    const inner = members[name]?.members;
    const at = `${path}.${name}`;
    const label = owner + capital(name);
    if (isObject(value) && inner !== undefined) {
      checkItems(value, inner, label, invalid, at);
    }
    if (Array.isArray(value)) {
      const place = secondOfItsKind(value, identityOf(name, inner));
      if (place !== undefined) {
        const item = `The ${ordinal(place + 1)} item of the ${label}`;
        invalid.add(at, `${item} has the same identifying values as another item earlier in the list.`);
      }
      for (const [index, item] of value.entries()) {
        if (isObject(item) && inner !== undefined) {
          checkItems(item, inner, label.replace(/s$/, ""), invalid, `${at}[${index}]`);
        }
      }
    }
  }
}

// References that an item must have are part of what tells it apart; of those the members are marked, and not the reference.
function identityOf(name: string, members: Members | undefined): readonly string[] | undefined {
  const marked = Object.entries(members ?? {}).filter(
    ([member, { identity, required }]) => identity || (required && member.endsWith("Reference")),
  );
  return marked.length > 0 ? marked.map(([member]) => member) : itemKeys[name];
}

function secondOfItsKind(items: readonly JsonValue[], names: readonly string[] | undefined): number | undefined {
  const seen = new Set<string>();
  for (const [place, item] of items.entries()) {
    // Descriptors are the same in any case of letters, and so is all of a key on the server's database.
    const kind = (
      names && isObject(item) ? canonical(names.map((each) => item[each] ?? null)) : canonical(item)
    ).toLowerCase();
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
