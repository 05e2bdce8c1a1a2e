/** What one run is about: an endpoint of a source in a school year (0: the source has no years). */
export interface Place {
  readonly source: string;
  readonly endpoint: string;
  readonly schoolYear: number;
}

function path({ source, endpoint, schoolYear }: Place): string {
  return `${source}/${endpoint}/${schoolYear}`;
}

/** Names of objects, derived and never random, so that a second delivery finds the work of the first. */
export const objectNames = {
  manifests: "manifests/",
  manifest: (place: Place, runId: string) => `manifests/${path(place)}/${runId}.json`,
  part: (place: Place, runId: string, part: string) => `${path(place)}/run=${runId}/part-${part}.ndjson.gz`,
  watermarks: "watermarks/",
  watermark: (place: Place) => `watermarks/${path(place)}.json`,
  round: (source: string, schoolYear: number) => `rounds/${source}/${schoolYear}.json`,
  token: (client: string) => `tokens/${client}.json`,
  inFlights: "in-flight/",
  inFlight: (place: Place) => `in-flight/${path(place)}.json`,
  slots: "slots/",
  slot: (source: string, number: number) => `slots/${source}/${number}.json`,
  slotWanted: (source: string) => `slots/${source}/wanted.json`,
  extractLeases: "leases/extract/",
  extractLease: (place: Place) => `leases/extract/${path(place)}.json`,
  checkpoints: "checkpoints/",
  checkpoint: (place: Place, runId: string) => `checkpoints/${path(place)}/${runId}.json`,
} as const;

/** The place that `in-flight/…`, `watermarks/…` and `leases/extract/…` objects are about, or undefined for another name. */
export function placeOf(name: string): Place | undefined {
  const match = /([^/]+)\/([^/]+)\/(\d+)\.json$/.exec(name);
  const [, source, endpoint, year] = match ?? [];
  return source && endpoint && year ? { source, endpoint, schoolYear: Number(year) } : undefined;
}

/** One run of a place. */
export interface RunName extends Place {
  readonly runId: string;
}

/** Takes `<prefix>{source}/{endpoint}/{year}/{run_id}.json` (a manifest, a checkpoint) apart, or undefined for another name. */
export function runNameOf(name: string, prefix: string): RunName | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [source, endpoint, year, file] = name.slice(prefix.length).split("/");
  if (!source || !endpoint || !year || !file?.endsWith(".json")) return undefined;
  return { source, endpoint, schoolYear: Number(year), runId: file.slice(0, -".json".length) };
}

/** A text that is equal for the same run and no other. */
export function runKey(run: RunName): string {
  return `${path(run)}/${run.runId}`;
}
