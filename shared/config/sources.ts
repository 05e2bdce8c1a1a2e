import { readFileSync } from "node:fs";
import * as z from "zod";
import { PermanentError } from "../errors.ts";
import type { Connector, Endpoint } from "./connector.ts";
import { type Delivery, deliveryProblems, deliverySchema } from "./deliveries.ts";
import { configurationError, parseFile } from "./problems.ts";
import { addressSchema } from "./schema.ts";
import { parseYaml } from "./yaml.ts";

const sourceIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,62}$/, "use lower case letters, digits and dashes, 2 to 63 characters");

const knownTimeZones = new Set(["UTC"]);

/** Asks for the list of main names first: the first format of dates takes a process thirteen milliseconds, the list one. */
function isTimeZone(name: string): boolean {
  if (knownTimeZones.has(name)) return true;
  for (const zone of Intl.supportedValuesOf("timeZone")) knownTimeZones.add(zone);
  if (knownTimeZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    knownTimeZones.add(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const timeZoneSchema = z.string().refine(isTimeZone, "use an IANA time zone such as America/Chicago");

const sourceSchema = z.strictObject({
  id: sourceIdSchema,
  connector: z.string().min(1),
  /** Address of the API; `{school_year}` is replaced. */
  url: addressSchema,
  /** Other hosts of the API, in place of those that the connector says. */
  addresses: z.record(z.string(), addressSchema).default({}),
  /** Name of the JSON secret with the credentials. */
  secret: z.string().min(1),
  /** What the addresses of a shared host are divided by, where they are: see the connector's placeholders. */
  tenant: z.string().min(1).optional(),
  instance: z.string().min(1).optional(),
  school_years: z.array(z.int().min(1990).max(2100)).min(1).optional(),
  /** Requests at once, over all that runs: walks, extractions, instances. */
  concurrency: z.int().min(1).max(32).default(4),
  /** Requests that may be begun in a second, over all that runs; no limit when left out. */
  requests_per_second: z.number().min(0.01).max(1000).optional(),
  page_size: z.int().min(1).max(10_000).optional(),
  /** Time zone of the school, for times that the source gives or takes without one; that of the file when left out. */
  time_zone: timeZoneSchema.optional(),
  timeout_seconds: z.number().min(1).max(300).default(120),
  /** A full run that loses more than this share of the rows is set aside instead of loaded. */
  shrink_guard: z.number().min(0).max(1).default(0.5),
  /**
   * Hours after which an endpoint that was not loaded again is stale, and the reconciler says so. By default a night or two may be missed: the
   * schedules of terraform/ leave 48 hours between Saturday and Monday.
   */
  stale_after_hours: z.number().min(1).max(10_000).default(54),
  /** Days after a full run when the next is overdue, as marts.dq_freshness tells. By default the weekly one may be three days late. */
  full_run_days: z.number().min(1).max(3650).default(10),
  /** A record that the source answers with 500, alone on its page: the run fails, or goes on without it and says so. */
  unreadable_records: z.enum(["fail", "skip"]).default("fail"),
  /** Whether the newest frozen copy that the host offers is read instead of the live data. */
  snapshot: z.enum(["never", "when_offered", "required"]).default("never"),
  /** Endpoints to read; all of the connector when left out. */
  endpoints: z.array(z.string()).min(1).optional(),
  exclude: z.array(z.string()).default([]),
});

const sourcesSchema = z.strictObject({
  time_zone: timeZoneSchema.default("UTC"),
  sources: z.array(sourceSchema).min(1),
  /** What is sent back, and where to; nothing when left out. */
  deliveries: z.array(deliverySchema).optional(),
});

/** One configured instance of a connector. */
export type Source = z.infer<typeof sourceSchema>;
/** sources.yaml, checked against the connectors. */
export type Sources = z.infer<typeof sourcesSchema>;

function crossCheck(sources: Sources, connectors: ReadonlyMap<string, Connector>): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  sources.sources.forEach((source, index) => {
    const where = `sources.${index}`;
    if (seen.has(source.id)) problems.push(`${where}.id: "${source.id}" is used twice`);
    seen.add(source.id);
    const connector = connectors.get(source.connector);
    if (!connector) {
      problems.push(
        `${where}.connector: there is no "${source.connector}" (there are: ${[...connectors.keys()].join(", ")})`,
      );
      return;
    }
    for (const list of ["endpoints", "exclude"] as const) {
      source[list]?.forEach((name, position) => {
        if (!findEndpoint(connector, name)) {
          problems.push(`${where}.${list}.${position}: ${connector.connector} has no endpoint "${name}"`);
        }
      });
    }
    for (const name of Object.keys(source.addresses)) {
      if (connector.addresses[name] === undefined) {
        problems.push(`${where}.addresses: ${connector.connector} has no address "${name}"`);
      }
    }
    if (source.url.includes("{school_year}") && !source.school_years) {
      problems.push(`${where}.school_years: the url says {school_year}, so list the years`);
    }
  });
  problems.push(...deliveryProblems(sources.deliveries ?? [], sources.sources));
  return problems;
}

/** The delivery of this id. @throws PermanentError naming those that there are */
export function findDelivery(sources: Sources, id: string): Delivery {
  const found = sources.deliveries?.find((delivery) => delivery.id === id);
  if (found) return found;
  const known = sources.deliveries?.map((delivery) => delivery.id).join(", ") || "none";
  throw new PermanentError(`The sources file has no delivery "${id}" (there are: ${known}).`);
}

/** Parses the text of a sources file. @throws PermanentError listing every mistake with its path */
export function parseSources(text: string, file: string, connectors: ReadonlyMap<string, Connector>): Sources {
  const parsed = parseFile(sourcesSchema, parseYaml(text, file), file);
  const { time_zone } = parsed;
  const sources = { ...parsed, sources: parsed.sources.map((source) => ({ time_zone, ...source })) };
  const problems = crossCheck(sources, connectors);
  if (problems.length > 0) throw configurationError(file, problems);
  return sources;
}

/** Reads and checks a sources file. */
export function readSources(file: string, connectors: ReadonlyMap<string, Connector>): Sources {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new PermanentError(
      `Cannot read ${file}. Copy sources.example.yaml to it and fill it in.`,
      { path: file },
      { cause },
    );
  }
  return parseSources(text, file, connectors);
}

/** A name as tables have it: `student_assessments` for what the API spells `studentAssessments`. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** Finds an endpoint by its name (`student_school_associations`), or as the API spells it (`studentSchoolAssociations`). */
export function findEndpoint(connector: Connector, name: string): { name: string; endpoint: Endpoint } | undefined {
  const spelled = connector.endpoints[name] ? name : snakeCase(name);
  const endpoint = connector.endpoints[spelled];
  return endpoint ? { name: spelled, endpoint } : undefined;
}

/** Names of the endpoints that a source reads. */
export function endpointsOf(source: Source, connector: Connector): string[] {
  const excluded = new Set(source.exclude.map(snakeCase));
  const wanted = source.endpoints ? new Set(source.endpoints.map(snakeCase)) : undefined;
  return Object.keys(connector.endpoints).filter((name) => (wanted?.has(name) ?? true) && !excluded.has(name));
}

/** The years of a source; 0 stands for "this source has no years". */
export function yearsOf(source: Source): readonly number[] {
  return source.school_years ?? [0];
}
