import type { Delivery } from "../config/deliveries.ts";
import type { Slot } from "../refresh/at-most.ts";
import { documentOf } from "./clean.ts";
import { type Identity, type Relations, referenceKey } from "./identity.ts";
import { isJsonObject, type JsonObject, parseJson, writeJson } from "./json.ts";
import { naturalKeyOf } from "./natural-key.ts";
import type { PendingRow } from "./payloads.ts";
import type { Target } from "./target.ts";
import { descriptorsIn, type Problem, validate } from "./validate.ts";

/** A row as it is sent, or what is wrong with it. */
export interface Prepared {
  readonly row: PendingRow;
  readonly document: JsonObject;
  /** JSON text of the document. */
  readonly text: string;
  readonly identity: Identity | undefined;
  /** How others refer to it. */
  readonly key: string | undefined;
  /** Records of this delivery that it refers to. */
  readonly refersTo: readonly { readonly resource: string; readonly key: string }[];
  readonly problems: readonly Problem[];
}

export interface PrepareContext {
  readonly delivery: Delivery;
  readonly target: Target;
  readonly relations: Relations;
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Makes of a payload the document that is sent, and looks it over as the target will. Nothing is asked of anybody. */
export function prepare(resource: string, row: PendingRow, { delivery, target, relations }: PrepareContext): Prepared {
  const payload = objectIn(row.payload);
  const description = target.description?.resource(resource);
  const bare = payload ? documentOf(payload) : {};
  const { document, problems } = target.description
    ? validate(bare, description?.schema, target.description, delivery.too_long)
    : { document: bare, problems: [] };
  const identity = naturalKeyOf(document, target.keyParts(resource));
  const refersTo = [...relations.referredTo(document)];
  const noObject = payload ? [] : [{ path: "$", reason: "is no JSON object" }];
  return {
    row,
    document,
    text: writeJson(document),
    identity,
    key: identity && referenceKey(resource, identity),
    refersTo,
    problems: [...noObject, ...problems],
  };
}

/** Asks for all descriptors that documents name, some at a time: one after the other they would hold up the first record by seconds. */
export async function lookUpDescriptors(
  documents: readonly Prepared[],
  { target, relations }: PrepareContext,
  slot: Slot,
): Promise<void> {
  const values = new Set<string>();
  for (const { document } of documents) {
    for (const { name, value } of descriptorsIn(document)) if (!isOwn(name, value, relations)) values.add(value);
  }
  await Promise.all([...values].map((value) => slot(() => target.hasDescriptor(value))));
}

/** Whether the delivery brings a descriptor itself. */
function isOwn(name: string, value: string, relations: Relations): boolean {
  return !relations.referredTo({ [name]: value }).next().done;
}

/**
 * Descriptors that a document names and the target does not have. Those that this delivery brings itself are not asked for: they are sent
 * before, and what names one that failed is blocked.
 */
export async function missingDescriptors(
  { document }: Prepared,
  { target, relations }: PrepareContext,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { path, name, value } of descriptorsIn(document)) {
    if (isOwn(name, value, relations)) continue;
    if ((await target.hasDescriptor(value)) === false) {
      problems.push({ path, reason: `names a descriptor that the target does not have: ${value}` });
    }
  }
  return problems;
}
