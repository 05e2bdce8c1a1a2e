import type { HttpAnswer } from "../../shared/connector/http.ts";
import { flattened, identityOf, identityText } from "../../shared/deliver/identity.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../shared/deliver/json.ts";
import { describe as describeTarget } from "../../shared/deliver/openapi.ts";
import type { Target } from "../../shared/deliver/target.ts";
import { resources } from "./samples.ts";

/** Natural keys of the collections that the tests deliver. */
const keys: Readonly<Record<string, readonly string[]>> = {
  [resources.methods]: ["namespace", "codeValue"],
  [resources.assessments]: ["assessmentIdentifier", "namespace"],
  [resources.objectives]: ["assessmentIdentifier", "identificationCode", "namespace"],
  [resources.results]: ["studentAssessmentIdentifier", "assessmentIdentifier", "namespace", "studentUniqueId"],
};

const description = describeTarget(
  [
    {
      paths: Object.fromEntries(
        Object.entries(keys).map(([path, names]) => [
          path,
          { get: { parameters: names.map((name) => ({ name, "x-Ed-Fi-isIdentity": true })) }, post: {} },
        ]),
      ),
    },
  ],
  Object.keys(keys),
);

/** A record of the target: what was sent last. */
interface Kept {
  readonly id: string;
  readonly text: string;
}

export interface MemoryTarget extends Target {
  /** Records by resource and natural key. */
  readonly records: Map<string, Kept>;
  /** Every document that arrived, whatever became of it: resource and text. */
  readonly sent: { readonly resource: string; readonly text: string; readonly status: number }[];
  /** Comes before an answer: the one to give instead, or undefined. */
  fault: (resource: string) => number | undefined;
}

const answerOf = (status: number, body: unknown = ""): HttpAnswer => ({
  status,
  headers: new Headers(),
  body: Buffer.from(body === "" ? "" : JSON.stringify(body)),
});

/** An Ed-Fi API in memory that upserts by natural key and knows its references. */
export function memoryTarget(): MemoryTarget {
  const records = new Map<string, Kept>();
  const sent: MemoryTarget["sent"] = [];
  let ids = 0;
  const textOf = (resource: string, document: JsonObject): string =>
    `${resource} ${identityText(identityOf(flattened(document), keys[resource] ?? []) ?? {})}`;
  const self: MemoryTarget = {
    records,
    sent,
    fault: () => undefined,
    order: new Map(Object.values(resources).map((resource, at) => [resource, at + 1])),
    description,
    keyParts: (resource) => (keys[resource] ?? []).map((name) => [name]),
    namespacePrefixes: ["uri://"],
    hasDescriptor: async () => true,
    post: async (resource, text) => {
      const status = self.fault(resource) ?? answer(resource, text);
      sent.push({ resource, text, status });
      return answerOf(status, status < 300 ? "" : problemOf(status));
    },
    delete: async (resource, id) => {
      const status = self.fault(resource);
      if (status !== undefined) return answerOf(status, problemOf(status));
      const found = [...records].find(([, record]) => record.id === id);
      if (!found) return answerOf(404);
      records.delete(found[0]);
      return answerOf(204);
    },
    find: async (resource, naturalKey) => {
      const found = records.get(`${resource} ${identityText(naturalKey)}`);
      return found ? [{ id: found.id, isIt: true }] : [];
    },
  };
  const answer = (resource: string, text: string): number => {
    const document = parseJson(text);
    if (!isJsonObject(document)) return 400;
    if (resource !== resources.assessments && resource !== resources.methods) {
      const { assessmentReference } = document;
      if (!isJsonObject(assessmentReference) || !records.has(textOf(resources.assessments, assessmentReference)))
        return 409;
    }
    const key = textOf(resource, document);
    const before = records.get(key);
    ids += before ? 0 : 1;
    records.set(key, { id: before?.id ?? `id${ids}`, text });
    return before ? 200 : 201;
  };
  return self;
}

function problemOf(status: number): object {
  const type = status === 409 ? "urn:ed-fi:api:data-conflict:unresolved-reference" : "urn:ed-fi:api:x";
  return { type, detail: "no", status };
}
