import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { type ClaimSet, type Claims, type ClaimsInput, claimsSchema, type Grant } from "./edfi/access.ts";
import { answer, type EdFiApi } from "./edfi/api.ts";
import { tokenService } from "./edfi/oauth.ts";
import { gatewayProblem, ProblemError, serverError } from "./edfi/problems.ts";
import type { Profile, ProfileName } from "./edfi/profile.ts";
import { profileNames, profiles } from "./edfi/profiles.ts";
import { lmsxResources } from "./edfi/resource-names.ts";
import { modeOf, type Site, type UrlMode, urlModes } from "./edfi/routes.ts";
import { emptyResource, type SyntheticResource, syntheticDistrict, syntheticSizes } from "./edfi/synthetic.ts";
import { educationOrganizations } from "./edfi/token-info.ts";
import { answerControl, isControlPath } from "./http/control.ts";
import { type Fault, type FaultInput, faultSchema, faults } from "./http/faults.ts";
import { type RateLimit, rateLimiter } from "./http/rate-limit.ts";
import type { Reply } from "./http/reply.ts";
import { type LoggedRequest, requestLog } from "./http/request-log.ts";
import { headerText, listen, type ServerParts } from "./http/server.ts";
import { type ChangeDesk, changeDesk } from "./store/change-desk.ts";
import { type ChangeInput, type ChangeResult, changeSchema } from "./store/changes.ts";
import type { FileRows } from "./store/file-rows.ts";
import { resourceFiles } from "./store/folder.ts";
import { journal } from "./store/journal.ts";
import { rowsCache } from "./store/rows-cache.ts";
import { snapshotShelf } from "./store/snapshots.ts";
import { type Source, type YearData, yearData } from "./store/year-data.ts";

const bundled = (name: string) => fileURLToPath(new URL(`./data/edfi/${name}`, import.meta.url));

/** The sample district that comes with the sandbox, by school year. */
export const grandBend: Readonly<Record<number, string[]>> = {
  2011: [bundled("grandbend"), bundled("grandbend-calendar")],
};

/** How a sandbox is started; everything has a default. */
export interface SandboxOptions {
  /** Folders of `<resource>.jsonl[.gz]`, one or more per school year; a single folder is school year 2011's. Grand Bend when absent. */
  readonly data?: string | Readonly<Record<number, string | readonly string[]>>;
  /** Made-up resources, beside the folders' or in their place, by school year. */
  readonly synthetic?: Readonly<Record<number, readonly SyntheticResource[]>>;
  /** Resources that are there and hold nothing, in place of those of the folders: `gradebookEntries`, for what is to be delivered to it. */
  readonly empty?: readonly string[];
  /** The LMSX extension's resources are there: `/lmsx/assignments` and what belongs to it, empty where no folder has them. */
  readonly lmsx?: boolean;
  /** A made-up district of 1 thousand, 100 thousand or 5 million rows as school year 2026. */
  readonly size?: keyof typeof syntheticSizes;
  readonly profile?: ProfileName;
  /** What discovery says of the version in place of the profile's own words: `5.3-cqe`. */
  readonly version?: string;
  /** How the addresses are divided; by default plain for one school year, by year or context for several. */
  readonly urlMode?: UrlMode;
  /** The name of the tenant, where addresses have one. */
  readonly tenant?: string;
  /** The name of the instance, where addresses have one. */
  readonly instance?: string;
  /** Gives out tokens at a second port, as a deployment with an identity provider of its own does. */
  readonly separateTokenHost?: boolean;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly key?: string;
  readonly secret?: string;
  /** How long tokens live. */
  readonly tokenSeconds?: number;
  /** Live tokens per client; the profile's when absent, no limit when null. */
  readonly tokenLimit?: number | null;
  /** Every answer waits so long. */
  readonly latencyMs?: number;
  readonly maxPageSize?: number;
  /** Lets `/partitions` make parts of less than five pages, so that little data makes several. */
  readonly smallPartitions?: boolean;
  readonly changeQueries?: boolean;
  /** The name of the client's claim set. */
  readonly claimSetName?: string;
  /**
   * What the claim set says, by resource or for all others as `*`: `{ students: { read: false } }`. Reading is granted unless withheld, writing
   * withheld unless granted.
   */
  readonly claims?: Readonly<Record<string, Grant>>;
  /** The client's namespaces, as beginnings; all when absent. */
  readonly namespacePrefixes?: readonly string[];
  /** The education organizations the client works for; rows without a relationship to them are hidden from it. All when absent. */
  readonly educationOrganizations?: readonly number[];
  /** Refuses more than so many requests per host and window, as the Data Management Service does. */
  readonly rateLimit?: RateLimit;
  /** Gives the dependencies in no order; the profile says when absent. */
  readonly sortedDependencies?: boolean;
  /** The data standard of the data (3 to 6), where the folder does not show it. */
  readonly dataStandard?: number;
  /** Packs answers for clients that accept it. */
  readonly gzip?: boolean;
  /** A file that keeps the changes for the next start. */
  readonly stateFile?: string;
  /** Requests the log keeps. */
  readonly logSize?: number;
  /** Memory for unpacked data. */
  readonly cacheBytes?: number;
  readonly now?: () => number;
}

/** A running sandbox. */
export interface Sandbox {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
  /** The last requests to the API; not those to the sandbox's own endpoints. */
  readonly requests: readonly LoggedRequest[];
  /** The most requests that were being answered at once. */
  highWater(): number;
  /** Changes the data, as `POST /sandbox/changes` does. Throws a ChangeError for the first that cannot be made; those before it stay. */
  apply(changes: ChangeInput | readonly ChangeInput[], year?: number): Promise<ChangeResult[]>;
  addFaults(rules: FaultInput | readonly FaultInput[]): void;
  clearFaults(): void;
  expireTokens(): void;
  /** Changes what the client may do from the next request on; what is not named stays. */
  setClaims(claims: ClaimsInput): void;
  /** The newest change version of a school year. */
  newestChangeVersion(year?: number): Promise<bigint>;
  clearRequests(): void;
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts an imitation of an Ed-Fi API on loopback. Takes the options above; returns when it listens. Throws when a data folder is missing or
 * cannot be understood, when the state file does not fit the data, and when the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const profile = profileOf(options);
  const now = options.now ?? Date.now;
  const cache = rowsCache<FileRows>(options.cacheBytes ?? 192 * 1024 * 1024);
  const years = openYears(options, cache);
  const snapshots = snapshotShelf();
  const { cascadeTakesVersions } = profile.changes;
  const desk = changeDesk({ years, journal: journal(options.stateFile), snapshots, cascadeTakesVersions, now });
  let tokenHost: string | undefined;
  const site = siteOf(options, profile, [...years.keys()], { now, tokenHost: () => tokenHost });
  const api = apiOf(options, { profile, site, years, snapshots, desk }, now);
  const log = requestLog(options.logSize ?? 10_000);
  const rules = faults();
  const expireTokens = api.tokens.expireAll;
  const setClaims = (claims: ClaimsInput) => {
    api.claimSet = withClaims(api.claimSet, claimsSchema.parse(claims));
  };
  const control = { years, desk, log, faults: rules, expireTokens, setClaims };
  const parts: ServerParts = {
    handle: (request) =>
      handled(() => (isControlPath(request.path) ? answerControl(control, request) : answer(api, request)), profile),
    applyFault: (changes) => applyFault(desk, changes),
    problem: (status) => profile.error(gatewayProblem(status)),
    isControl: isControlPath,
    log,
    faults: rules,
    latencyMs: options.latencyMs ?? 0,
    gzip: options.gzip ?? true,
  };
  await desk.replay();
  const server = await listen(parts, options.port ?? 0);
  const tokenServer = options.separateTokenHost === true ? await listen(parts, 0) : undefined;
  tokenHost = tokenServer && `${addressOf(tokenServer)}/oauth/token`;
  const close = async () => {
    await Promise.all([server, ...(tokenServer ? [tokenServer] : [])].map(closed));
    cache.close();
  };
  return {
    url: addressOf(server),
    key: api.client.key,
    secret: api.client.secret,
    requests: log.entries,
    highWater: log.highWater,
    apply: (changes, year) => desk.apply(z.array(changeSchema).parse([changes].flat()), year),
    addFaults: (added) => rules.add(z.array(faultSchema).parse([added].flat())),
    clearFaults: rules.clear,
    expireTokens,
    setClaims,
    newestChangeVersion: async (year) => await yearOf(years, year).newest(),
    clearRequests: log.clear,
    reset: desk.reset,
    close,
  };
}

function profileOf({ profile = "ods-7.3", version }: SandboxOptions): Profile {
  const found = profiles[profile];
  return version === undefined ? found : { ...found, identity: { ...found.identity, version } };
}

function siteOf(
  options: SandboxOptions,
  { routes }: Profile,
  years: readonly number[],
  { now, tokenHost }: { now: () => number; tokenHost: () => string | undefined },
): Site {
  return {
    mode: modeOf(routes, options.urlMode, years.length),
    years,
    tenant: options.tenant ?? "district",
    instance: options.instance ?? "main",
    yearIsOptional: options.urlMode === undefined && years.length === 1,
    calendarYear: () => new Date(now()).getUTCFullYear(),
    tokenHost,
  };
}

function addressOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function openYears(options: SandboxOptions, cache: ReturnType<typeof rowsCache<FileRows>>): Map<number, YearData> {
  const made = options.size === undefined ? {} : { 2026: syntheticDistrict(syntheticSizes[options.size]) };
  const synthetic: Readonly<Record<number, readonly SyntheticResource[]>> = { ...made, ...options.synthetic };
  const given = options.data ?? (Object.keys(synthetic).length === 0 ? grandBend : {});
  const folders: Readonly<Record<number, string | readonly string[]>> =
    typeof given === "string" ? { 2011: given } : given;
  const names = [...new Set([...Object.keys(folders), ...Object.keys(synthetic)])].map(Number).sort();
  const years = new Map<number, YearData>();
  for (const year of names) {
    const sources = new Map<string, Source>();
    for (const [resource, file] of resourceFiles([folders[year] ?? []].flat())) {
      sources.set(resource, { kind: "file", ...file });
    }
    for (const made of synthetic[year] ?? []) {
      sources.set(made.resource, { kind: "synthetic", ...made });
    }
    const lmsx = options.lmsx === true ? lmsxResources.filter((resource) => !sources.has(resource)) : [];
    for (const resource of [...lmsx, ...(options.empty ?? [])]) {
      sources.set(resource, { kind: "synthetic", ...emptyResource(resource) });
    }
    if (sources.size === 0) {
      throw new Error(`There is no <resource>.jsonl or <resource>.jsonl.gz for school year ${year}.`);
    }
    years.set(year, yearData(year, sources, cache, options.dataStandard));
  }
  return years;
}

function apiOf(
  options: SandboxOptions,
  parts: Pick<EdFiApi, "profile" | "site" | "years" | "snapshots" | "desk">,
  now: () => number,
): Changeable {
  const { profile, years } = parts;
  const claimSet: ClaimSet = {
    name: options.claimSetName ?? "Rollcall",
    resources: options.claims ?? {},
    namespacePrefixes: options.namespacePrefixes,
    educationOrganizationIds: options.educationOrganizations,
  };
  const client = {
    key: options.key ?? "sandbox",
    secret: options.secret ?? randomBytes(12).toString("hex"),
    tokenSeconds: options.tokenSeconds ?? 1800,
    tokenLimit: options.tokenLimit === undefined ? profile.tokens.limit : (options.tokenLimit ?? undefined),
    tokenType: profile.tokens.type,
    newToken: profile.tokens.make,
    educationOrganizationIds: async () => (await educationOrganizations(yearOf(years))).map(({ id }) => id),
  };
  return {
    ...parts,
    client,
    tokens: tokenService(client, now),
    claimSet,
    maxPageSize: options.maxPageSize ?? 500,
    smallPartitions: options.smallPartitions ?? false,
    changeQueries: options.changeQueries ?? true,
    sortedDependencies: options.sortedDependencies ?? profile.sortedDependencies,
    secondsToWait: rateLimiter(options.rateLimit, now),
  };
}

/** The API, whose claim set may be another from one request to the next. */
type Changeable = Omit<EdFiApi, "claimSet"> & { claimSet: ClaimSet };

function withClaims(claimSet: ClaimSet, { claims, namespacePrefixes, educationOrganizations }: Claims): ClaimSet {
  return {
    name: claimSet.name,
    resources: claims ?? claimSet.resources,
    namespacePrefixes: namespacePrefixes ?? claimSet.namespacePrefixes,
    educationOrganizationIds: educationOrganizations ?? claimSet.educationOrganizationIds,
  };
}

async function handled(work: () => Promise<Reply>, profile: Profile): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) {
      return profile.error(error.problem);
    }
    const reply = profile.error(serverError().problem);
    // The reason goes to whoever wrote the test, not into the imitated body.
    return { ...reply, headers: { ...reply.headers, "x-sandbox-error": headerText(error) } };
  }
}

async function applyFault(desk: ChangeDesk, changes: Fault["apply"]): Promise<void> {
  if (changes !== undefined) {
    await desk.apply(z.array(changeSchema).parse(changes));
  }
}

function yearOf(years: ReadonlyMap<number, YearData>, year?: number): YearData {
  const found = year === undefined ? [...years.values()][0] : years.get(year);
  if (found === undefined) {
    throw new Error(`There is no school year ${year}; there is ${[...years.keys()].join(", ")}.`);
  }
  return found;
}

export type { ChangeInput, ChangeResult, FaultInput, LoggedRequest, ProfileName, UrlMode };
export { profileNames, urlModes };
