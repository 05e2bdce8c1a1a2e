import { createHash } from "node:crypto";
import { readJson, writeJson } from "../control/json-object.ts";
import { objectNames, type RunName } from "../control/place.ts";
import { ConflictError } from "../errors.ts";
import { type Manifest, manifestSchema, type Part } from "../manifest.ts";
import type { StreamedStore } from "../ports/object-store.ts";
import { countPart, type PartCount, writeOthers } from "./part-lines.ts";
import { lineTest, type Student } from "./student.ts";

/** A part with lines about the student. */
export interface FoundPart {
  readonly name: string;
  readonly run: RunName;
  readonly count: PartCount;
}

const suffix = /(?:-without-[0-9a-f]{8})?\.ndjson\.gz$/;

/** `{source}/{endpoint}/{year}/run={run_id}/part-….ndjson.gz` taken apart, or undefined for another name. */
function runOfPart(name: string): RunName | undefined {
  const [, source, endpoint, year, runId] = /^([^/]+)\/([^/]+)\/(\d+)\/run=([^/]+)\/[^/]+$/.exec(name) ?? [];
  if (!source || !endpoint || !year || !runId || !suffix.test(name)) return undefined;
  return { source, endpoint, schoolYear: Number(year), runId };
}

/** All parts of the source in landing that have lines about the student. */
export async function findParts(landing: StreamedStore, student: Student): Promise<FoundPart[]> {
  const found: FoundPart[] = [];
  for await (const { name } of landing.list(`${student.source}/`)) {
    const run = runOfPart(name);
    if (!run) continue;
    const count = await countPart(landing, name, lineTest(student, run.endpoint));
    if (count.upserts + count.deletes + count.keyChanges > 0) found.push({ name, run, count });
  }
  return found;
}

/** The name of what is left of a part: derived, so that an attempt that died is gone on with. It says nothing of whom it is without. */
function nameWithout(name: string, student: Student): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([name, student.number.toLowerCase()]))
    .digest("hex");
  return name.replace(suffix, `-without-${hash.slice(0, 8)}.ndjson.gz`);
}

function withPart(manifest: Manifest, { name, count }: FoundPart, left: Part | undefined): Manifest {
  return {
    ...manifest,
    rows: manifest.rows - count.upserts,
    deletes: manifest.deletes - count.deletes,
    key_changes: manifest.key_changes - count.keyChanges,
    parts: manifest.parts.flatMap((part) => (part.name === name ? (left ?? []) : part)),
  };
}

/** Exchanges a part in the manifest of its run. @returns false where no manifest lists it: then nothing needs it */
async function exchange(landing: StreamedStore, part: FoundPart, student: Student): Promise<boolean> {
  const manifestName = objectNames.manifest(part.run, part.run.runId);
  const { value: manifest, generation } = await readJson(landing, manifestName, manifestSchema);
  if (!manifest?.parts.some(({ name }) => name === part.name)) return false;
  let left: Part | undefined;
  if (part.count.kept > 0) {
    const name = nameWithout(part.name, student);
    const stored = await writeOthers(landing, part.name, name, lineTest(student, part.run.endpoint));
    left = { name, generation: stored.generation, size_bytes: stored.sizeBytes, rows: part.count.kept };
  }
  await writeJson(landing, manifestName, withPart(manifest, part, left), generation);
  return true;
}

/** How often a manifest is read again when somebody else has changed it. */
const triesMax = 5;

/**
 * Takes the lines about the student out of a part. What is left is written beside it first, then the manifest is swapped, then the part is deleted:
 * a death between any two leaves a manifest whose parts are all there, and a part that no manifest lists is deleted the next time.
 */
export async function scrubPart(landing: StreamedStore, part: FoundPart, student: Student): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await exchange(landing, part, student);
      break;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= triesMax) throw error;
    }
  }
  await landing.delete(part.name);
}
