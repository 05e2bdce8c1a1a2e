import type { ProfileName } from "../../sandbox/edfi/profile.ts";
import { readLines } from "../../sandbox/records/lines.ts";
import { folderOf } from "../sandbox/client.ts";
import { type Discovered, discover } from "../sandbox/discovered.ts";
import type { Payloads } from "./payloads.ts";

const everything = { create: true, update: true, delete: true };

/** Versions of the API with the data standards that they serve. */
export const targets = [
  ["ods-5.3", 3],
  ["ods-6.1", 4],
  ["ods-7.1", 5],
  ["ods-7.3", 5],
  ["ods-7.3", 6],
  ["dms-8", 5],
  ["dms-8", 6],
] as const;

/** What Grand Bend has that results and surveys refer to. The whole of it takes seconds to open. */
const referredTo = [
  "academicSubjectDescriptors",
  "gradeLevelDescriptors",
  "questionFormDescriptors",
  "resultDatatypeTypeDescriptors",
  "schoolYearTypes",
  "students",
];
const filled = [
  "assessmentPeriodDescriptors",
  "assessmentReportingMethodDescriptors",
  "assessments",
  "objectiveAssessments",
  "performanceLevelDescriptors",
  "studentAssessments",
  "surveyQuestionResponses",
  "surveyQuestions",
  "surveyResponses",
  "surveys",
];
/** As much of Grand Bend as results and surveys need, in its school year. */
export const partOfGrandBend = {
  2011: await folderOf({
    ...Object.fromEntries(filled.map((name) => [`${name}.jsonl`, []])),
    ...Object.fromEntries(referredTo.map((name) => [`${name}.jsonl`, recordsOf(name)])),
  }),
};

function recordsOf(name: string): unknown[] {
  return readLines(`edfi/grandbend/${name}.jsonl.gz`).map((record) => JSON.parse(JSON.stringify(record)) as unknown);
}

/** Starts an API that takes what it is sent: Grand Bend as a whole, or as much of it as that needs. */
export async function writable(
  profile: ProfileName,
  dataStandard: number,
  options: { whole?: boolean } = {},
): Promise<Discovered> {
  const part = options.whole ? {} : { data: partOfGrandBend };
  return await discover({ profile, dataStandard, claims: { "*": everything }, ...part });
}

/** How many of each resource were answered with each status: `studentAssessments 201: 7`. */
export type Answers = Readonly<Record<string, number>>;

/** Posts everything in the order of the target's dependencies. Returns the counts, and the first reasons of what was refused. */
export async function postAll(
  api: Discovered,
  payloads: readonly Payloads[],
): Promise<{ counts: Answers; refusals: string[] }> {
  const { json: dependencies } = await api.get(api.document.urls.dependencies);
  const orders = new Map<string, number>();
  for (const { resource, order } of dependencies as { resource: string; order: number }[]) {
    orders.set(resource, Math.min(order, orders.get(resource) ?? order));
  }
  const placeOf = ({ resource }: Payloads): number => {
    const order = orders.get(resource);
    if (order === undefined) throw new Error(`the target does not know ${resource}`);
    return order;
  };
  const counts: Record<string, number> = {};
  const refusals: string[] = [];
  for (const { resource, documents } of payloads.toSorted((a, b) => placeOf(a) - placeOf(b))) {
    const name = resource.replace("/ed-fi/", "");
    const path = name.startsWith("/") ? `..${name}` : name;
    for (const document of documents) {
      const headers = { "content-type": "application/json" };
      const { status, text } = await api.data(path, { method: "POST", headers, body: JSON.stringify(document) });
      counts[`${name} ${status}`] = (counts[`${name} ${status}`] ?? 0) + 1;
      if (status >= 300) refusals.push(`${name}: ${text}`);
    }
  }
  return { counts, refusals: refusals.slice(0, 5) };
}
