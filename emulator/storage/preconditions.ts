import { conditionNotMet, invalid, notModified } from "./errors.ts";
import type { StoredObject } from "./object.ts";

/** Conditions on an object's version (https://cloud.google.com/storage/docs/request-preconditions). */
export interface Preconditions {
  readonly generationMatch?: number;
  readonly generationNotMatch?: number;
  readonly metagenerationMatch?: number;
  readonly metagenerationNotMatch?: number;
}

/**
 * Reads the conditions of a request.
 * @param subject "" for the object a request acts on, "Source" for the one it copies from.
 * @throws StorageError 400 when a condition is not a whole number.
 */
export function readPreconditions(query: URLSearchParams, subject: "" | "Source" = ""): Preconditions {
  const conditions: Record<string, number> = {};
  for (const [field, name] of [
    ["generationMatch", "GenerationMatch"],
    ["generationNotMatch", "GenerationNotMatch"],
    ["metagenerationMatch", "MetagenerationMatch"],
    ["metagenerationNotMatch", "MetagenerationNotMatch"],
  ] as const) {
    const value = wholeNumber(query, `if${subject}${name}`);
    if (value !== undefined) conditions[field] = value;
  }
  return conditions;
}

/** @throws StorageError 400 when the parameter is there and is not a whole number. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,19}$/.test(text)) throw invalid(`Invalid value for ${name}: '${text}'`);
  return Number(text);
}

/**
 * Checks an object (or its absence) against the conditions. Generation 0 means "no such object"; a condition on metageneration, or a
 * not-match other than 0, cannot hold without one.
 * @throws StorageError 412, or 304 when a not-match condition names the present version.
 */
export function checkPreconditions(object: StoredObject | undefined, conditions: Preconditions): void {
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } = conditions;
  const generation = object?.generation ?? 0;
  if (generationMatch !== undefined && generationMatch !== generation) throw conditionNotMet();
  if (metagenerationMatch !== undefined && metagenerationMatch !== object?.metageneration) throw conditionNotMet();
  if (generationNotMatch !== undefined && generationNotMatch === generation) throw notModified();
  if (metagenerationNotMatch !== undefined && metagenerationNotMatch === object?.metageneration) throw notModified();
  if ((generationNotMatch ?? metagenerationNotMatch) !== undefined && object === undefined) throw conditionNotMet();
}
