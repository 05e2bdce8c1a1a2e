import { canonical, isObject, type JsonObject, type JsonValue } from "../json/lossless.ts";
import type { Invalid } from "./invalid.ts";

/** Values that the server keeps once although a record says them in several places, each place as the path of the object that says it. */
const merged: Readonly<
  Record<string, readonly { readonly names: readonly string[]; readonly places: readonly string[] }[]>
> = {
  "lmsx/assignments": [{ names: ["sectionIdentifier"], places: ["", "sectionReference"] }],
  "lmsx/assignmentSubmissions": [{ names: ["namespace"], places: ["", "assignmentReference"] }],
  objectiveAssessments: [
    {
      names: ["assessmentIdentifier", "namespace"],
      places: [
        "assessmentReference",
        "parentObjectiveAssessmentReference",
        "parentObjectiveAssessments.parentObjectiveAssessmentReference",
        "assessmentItems.assessmentItemReference",
      ],
    },
  ],
  studentAssessments: [
    {
      names: ["assessmentIdentifier", "namespace"],
      places: [
        "assessmentReference",
        "studentObjectiveAssessments.objectiveAssessmentReference",
        "items.assessmentItemReference",
      ],
    },
  ],
  surveyQuestions: [
    { names: ["namespace", "surveyIdentifier"], places: ["surveyReference", "surveySectionReference"] },
  ],
  surveyQuestionResponses: [
    { names: ["namespace", "surveyIdentifier"], places: ["surveyQuestionReference", "surveyResponseReference"] },
  ],
};

/** Adds the values that a record gives twice, and not the same. */
export function checkMergedKeys(resource: string, record: JsonObject, invalid: Invalid): void {
  for (const { names, places } of merged[resource] ?? []) {
    for (const name of names) {
      const values = places
        .flatMap((place) => objectsAt(record, place === "" ? [] : place.split(".")))
        .flatMap((object) => (object[name] === undefined ? [] : [object[name]]));
      const different = new Map(values.map((value) => [canonical(value).toLowerCase(), value]));
      if (different.size > 1) {
        const found = [...different.values()].map((value) => `'${String(value)}'`).join(", ");
        const rule = `All values supplied for '${name}' must match.`;
        invalid.add(`$.${name}`, `${rule} Review all references and align the following conflicting values: ${found}`);
      }
    }
  }
}

function objectsAt(value: JsonValue | undefined, path: readonly string[]): JsonObject[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => objectsAt(item, path));
  }
  if (!isObject(value)) {
    return [];
  }
  const [first, ...rest] = path;
  return first === undefined ? [value] : objectsAt(value[first], rest);
}
