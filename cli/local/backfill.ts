import { type Source, yearsOf } from "../../shared/config/sources.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { readWatermarks } from "../deployment/watermarks.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { type Configuration, selectTargets, type Target } from "./targets.ts";

export interface BackfillRequest {
  readonly source: string;
  /** All endpoints of the source when empty. */
  readonly endpoints: readonly string[];
  readonly from: number;
  readonly to: number;
  /** Also what is loaded. */
  readonly force: boolean;
}

/** One full run that a backfill asks for, or that it leaves out because its rows are loaded. */
export interface BackfillStep extends Target {
  /** When a full run of it was loaded last; null when none was, or when it does not matter. */
  readonly loadedAt: string | null;
}

/** The school years of a range, oldest first. @throws CommandError naming those that the sources file lacks */
function yearsIn(source: Source, { from, to }: BackfillRequest, file: string): number[] {
  if (from > to) throw new CommandError(`--from ${from} is after --to ${to}.`, exitCodes.usage);
  if (!source.school_years) {
    throw new CommandError(
      `The source "${source.id}" does not keep school years apart: a full run brings all it has (rollcall publish ${source.id} ENDPOINT --full). If it does keep them apart, list its school_years in ${file}.`,
      exitCodes.usage,
    );
  }
  const wanted = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const present = yearsOf(source);
  const missing = wanted.filter((year) => !present.includes(year));
  if (missing.length > 0) {
    const all = [...new Set([...present, ...missing])].sort((a, b) => a - b);
    throw new CommandError(
      `The source "${source.id}" is not configured for ${missing.join(", ")} (it has: ${present.join(", ")}). If it offers ${missing.length === 1 ? "that year" : "those years"}, write in ${file}: school_years: [${all.join(", ")}]`,
      exitCodes.usage,
    );
  }
  return wanted;
}

/** What a backfill is about, oldest year first. @throws CommandError for what there is none of */
export function backfillTargets(request: BackfillRequest, configuration: Configuration): Target[] {
  const { source: id, endpoints } = request;
  const names = endpoints.length > 0 ? { endpoint: endpoints } : {};
  // Asked before the years, so that an unknown source is named as such.
  const targets = selectTargets(configuration, { source: [id], ...names });
  const source = configuration.sources.sources.find((candidate) => candidate.id === id);
  const years = source ? yearsIn(source, request, configuration.file) : [];
  return years.flatMap((year) => targets.filter(({ schoolYear }) => schoolYear === year));
}

/** Sees which of the targets are loaded: of these a full run has come to its end before. */
export async function planBackfill(
  targets: readonly Target[],
  control: ObjectStore,
  force: boolean,
): Promise<BackfillStep[]> {
  const key = (source: string, endpoint: string, year: number): string => `${source}/${endpoint}/${year}`;
  const marks = force ? [] : await readWatermarks(control);
  const loaded = new Map(
    marks
      .filter((mark) => mark.full_run_id !== null)
      .map((mark) => [key(mark.source_id, mark.endpoint, mark.school_year), mark.loaded_at]),
  );
  return targets.map((target) => ({
    ...target,
    loadedAt: loaded.get(key(target.source, target.endpoint, target.schoolYear)) ?? null,
  }));
}
