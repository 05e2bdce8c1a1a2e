import { createHash } from "node:crypto";
import type { Watermark } from "../control/watermark.ts";
import { isLedger, type Model } from "./model.ts";

/** The version of an endpoint that no source has loaded yet: its current view is empty. */
export const neverLoaded = "none";

/** Name under which the day stands among the inputs of a model that reads it. */
export const dayInput = "current_date";

/** What a model is built from: its version, and the versions of its inputs that went into it. */
export interface Version {
  readonly version: string;
  readonly inputs: Readonly<Record<string, string>>;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The version of a `current_*` relation: the fingerprints of all its sources and years. */
export function versionOfContents(contents: readonly YearContent[]): string {
  const lines = contents.map(({ source_id, school_year, fingerprint }) =>
    JSON.stringify([source_id, school_year, fingerprint]),
  );
  return sha256(lines.sort().join("\n"));
}

/** What an endpoint holds of one school year of one source. */
export interface YearContent {
  readonly source_id: string;
  readonly school_year: number;
  /** Equal content, equal fingerprint. */
  readonly fingerprint: string;
}

/** What each `current_*` relation holds, by source and school year. */
export function currentContents(watermarks: readonly Watermark[]): ReadonlyMap<string, readonly YearContent[]> {
  const contents = new Map<string, YearContent[]>();
  for (const { connector, endpoint, source_id, school_year, fingerprint } of watermarks) {
    const relation = `current_${connector}.${endpoint}`;
    contents.set(relation, [...(contents.get(relation) ?? []), { source_id, school_year, fingerprint }]);
  }
  return contents;
}

/** Calendars by time zone: to make one takes far longer than to read it. */
const calendars = new Map<string, Intl.DateTimeFormat>();

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const known = calendars.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  calendars.set(timeZone, made);
  return made;
}

/** The day it is in the deployment's time zone, as YYYY-MM-DD. */
export function dayIn(timeZone: string, now: Date): string {
  const parts = calendarOf(timeZone).formatToParts(now);
  const named = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${named.year}-${named.month}-${named.day}`;
}

/**
 * The version of a model (docs/contracts.md): its definition, then the version of each input in name order, then the
 * day if it reads the day. The ledger has no version, so that writing a row about a build makes nothing stale.
 * @param versionOfInput the version of another model or of a `current_*` relation
 */
export function versionOf(model: Model, versionOfInput: (relation: string) => string, day: string): Version {
  const inputs: Record<string, string> = {};
  for (const input of model.inputs) {
    if (!isLedger(input)) inputs[input] = versionOfInput(input);
  }
  if (model.readsDate) inputs[dayInput] = day;
  const lines = Object.entries(inputs).map(([name, version]) => `${name} ${version}`);
  return { version: sha256([model.definition, ...lines].join("\n")), inputs };
}

/** The inputs in which two builds differ, in name order. */
export function changedInputs(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter((name) => before[name] !== now[name]).sort();
}
