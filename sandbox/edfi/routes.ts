/**
 * How a deployment divides its addresses: not at all, by school year or instance and year (before 7.0), or by tenant, by context or by both
 * (from 7.0 on).
 */
export type UrlMode = "plain" | "year" | "instance-year" | "context" | "tenant" | "tenant-context";

export const urlModes: readonly UrlMode[] = ["plain", "year", "instance-year", "context", "tenant", "tenant-context"];

/** What a deployment is divided into. */
export interface Site {
  readonly mode: UrlMode;
  readonly years: readonly number[];
  readonly tenant: string;
  readonly instance: string;
  /** A single year without a mode asked for answers at its own address too. */
  readonly yearIsOptional: boolean;
  /** The year on the server's calendar, which need not be a school year it serves. */
  calendarYear(): number;
  /** Where tokens come from, when another host gives them out. */
  tokenHost(): string | undefined;
}

export type Area = "discovery" | "oauth" | "metadata" | "data" | "changeQueries";

/** What a path means. */
export interface Route {
  readonly area: Area;
  /** The path within the area: `ed-fi`, `students`, `deletes`. */
  readonly rest: readonly string[];
  /** What the path says of tenant, instance and year, as far as it says it. */
  readonly context: readonly string[];
  /** The school year meant; undefined when the path leads to no instance. */
  readonly year: number | undefined;
}

/** Where one family of versions has its addresses. */
export interface Routes {
  /** The modes it knows; the first is that of a single year, the second that of several. */
  readonly modes: readonly [UrlMode, UrlMode, ...UrlMode[]];
  /** Undefined for a path that no area has. */
  read(parts: readonly string[], site: Site): Route | undefined;
  /** The addresses that discovery tells somebody who asked with `context`. */
  urls(origin: string, site: Site, context: readonly string[], changeQueries: boolean): Record<string, string>;
}

type Segment = "year" | "instance" | "tenant";

const segments: Readonly<Record<UrlMode, readonly Segment[]>> = {
  plain: [],
  year: ["year"],
  "instance-year": ["instance", "year"],
  context: ["year"],
  tenant: ["tenant"],
  "tenant-context": ["tenant", "year"],
};

/** The mode a site has: the one asked for, or the usual one for its years. Throws for a mode that the version does not have. */
export function modeOf(routes: Routes, wanted: UrlMode | undefined, years: number): UrlMode {
  const mode = wanted ?? routes.modes[years > 1 ? 1 : 0];
  if (!routes.modes.includes(mode)) {
    throw new Error(`This API has no addresses of the mode '${mode}', only ${routes.modes.join(", ")}.`);
  }
  if (years > 1 && !segments[mode].includes("year")) {
    throw new Error(`Several school years need addresses that name the year, and those of the mode '${mode}' do not.`);
  }
  return mode;
}

/** Whether a context, as far as it goes, names what there is. */
function isKnown(context: readonly string[], site: Site, wanted: readonly Segment[]): boolean {
  return context.every((value, index) => {
    const segment = wanted[index];
    return segment === "year"
      ? site.years.some((year) => String(year) === value)
      : segment !== undefined && value.toLowerCase() === site[segment].toLowerCase();
  });
}

// The year that a context leads to; undefined when it names nothing there is.
function yearFor(context: readonly string[], site: Site, wanted: readonly Segment[]): number | undefined {
  if (context.length !== wanted.length || !isKnown(context, site, wanted)) {
    return undefined;
  }
  const at = wanted.indexOf("year");
  return at === -1 ? site.years[0] : Number(context[at]);
}

/** ODS/API 5.x and 6.x: the year stands inside the path, after `data/v3`, and discovery tells the calendar's year. */
export const contextInside: Routes = {
  modes: ["plain", "year", "instance-year"],
  read: (parts, site) => {
    const wanted = segments[site.mode];
    const cut = (area: Area, from: number): Route => {
      const context = parts.slice(from, from + wanted.length);
      return { area, rest: parts.slice(from + wanted.length), context, year: yearFor(context, site, wanted) };
    };
    const [first, second] = parts;
    if (first === undefined) {
      return { area: "discovery", rest: [], context: [], year: site.years[0] };
    }
    const tokenAt = site.mode === "instance-year" ? 1 : 0;
    if (parts[tokenAt] === "oauth") {
      const context = parts.slice(0, tokenAt);
      const year = isKnown(context, site, wanted) ? site.years[0] : undefined;
      return { area: "oauth", rest: parts.slice(tokenAt + 1), context, year };
    }
    if (first === "data" && second === "v3") {
      return cut("data", 2);
    }
    if (first === "changeQueries" && second === "v1") {
      return cut("changeQueries", 2);
    }
    if (first === "metadata") {
      return second === "data" && parts[2] === "v3" ? cut("metadata", 3) : cut("metadata", 1);
    }
    return undefined;
  },
  urls: (origin, site) => {
    const year = String(site.calendarYear());
    const context = segments[site.mode].map((segment) => (segment === "year" ? year : `{${segment}}`)).join("/");
    const folder = context === "" ? "" : `${context}/`;
    return {
      dependencies: `${origin}/metadata/data/v3/${folder}dependencies`,
      openApiMetadata: `${origin}/metadata/${context}`,
      oauth: site.tokenHost() ?? `${origin}${site.mode === "instance-year" ? "/{instance}" : ""}/oauth/token`,
      dataManagementApi: `${origin}/data/v3/${context}`,
      xsdMetadata: `${origin}/metadata/${folder}xsd`,
    };
  },
};

/** What differs between the addresses of ODS/API 7.x and those of the Data Management Service. */
interface FirstNames {
  readonly data: readonly string[];
  /** The names of the placeholders that stand for what the asker did not say. */
  readonly tenant: string;
  readonly year: string;
  readonly dms?: boolean;
}

const areas: ReadonlySet<string> = new Set(["data", "oauth", "metadata", "changeQueries"]);

/** ODS/API 7.x and the Data Management Service: tenant and year come first, and discovery leaves open what it was not asked with. */
export function contextFirst({ data, tenant, year, dms = false }: FirstNames): Routes {
  const read = (parts: readonly string[], site: Site): Route | undefined => {
    const at = parts.findIndex((part) => areas.has(part));
    const after = at === -1 ? [] : parts.slice(at);
    // The Data Management Service tells the token's address with the context at its end.
    const isTokenOfContext = dms && after[0] === "oauth" && at === 0;
    const context = isTokenOfContext ? after.slice(2) : parts.slice(0, at === -1 ? parts.length : at);
    const wanted = site.yearIsOptional && context.length === 1 ? (["year"] as const) : segments[site.mode];
    const isContext = context.length <= wanted.length && context.every((value, index) => fits(value, wanted[index]));
    if (!isContext) {
      return undefined;
    }
    const found = yearFor(context, site, wanted);
    // Tokens and addresses are for all years, but not for all tenants.
    const shared = isKnown(context, site, wanted) ? (found ?? site.years[0]) : undefined;
    const tokenYear = wanted[0] === "tenant" && context.length === 0 ? undefined : shared;
    const route = (area: Area, rest: readonly string[]): Route => ({ area, rest, context, year: found });
    const metadata = dms ? [] : ["data", "v3"];
    switch (after[0]) {
      case undefined:
        return { ...route("discovery", []), year: shared };
      case "oauth":
        return { ...route("oauth", isTokenOfContext ? after.slice(1, 2) : after.slice(1)), year: tokenYear };
      case "data":
        return startsWith(after, data) ? route("data", after.slice(data.length)) : undefined;
      case "changeQueries":
        return after[1] === "v1" ? route("changeQueries", after.slice(2)) : undefined;
      default:
        return route("metadata", after.slice(startsWith(after.slice(1), metadata) ? 1 + metadata.length : 1));
    }
  };
  const urls: Routes["urls"] = (origin, site, context, changeQueries) => {
    const wanted = site.yearIsOptional && context.length === 1 ? (["year"] as const) : segments[site.mode];
    const names = { tenant, year, instance: "instance" };
    const base = wanted.map((segment, index) => `/${context[index] ?? `{${names[segment]}}`}`).join("");
    return dms
      ? dmsUrls(origin, base, site.tokenHost(), changeQueries)
      : odsUrls(origin + base, site.tokenHost(), changeQueries);
  };
  return { modes: ["plain", "context", "tenant", "tenant-context"], read, urls };
}

function odsUrls(base: string, tokenHost: string | undefined, changeQueries: boolean): Record<string, string> {
  return {
    dependencies: `${base}/metadata/data/v3/dependencies`,
    openApiMetadata: `${base}/metadata/`,
    oauth: tokenHost ?? `${base}/oauth/token`,
    oauthTokenIntrospection: `${base}/oauth/token_info`,
    dataManagementApi: `${base}/data/v3/`,
    xsdMetadata: `${base}/metadata/xsd`,
    ...(changeQueries ? { changeQueries: `${base}/changeQueries/v1/` } : {}),
  };
}

// None of these ends with a slash.
function dmsUrls(
  origin: string,
  context: string,
  tokenHost: string | undefined,
  changeQueries: boolean,
): Record<string, string> {
  return {
    dependencies: `${origin}${context}/metadata/dependencies`,
    openApiMetadata: `${origin}${context}/metadata/specifications`,
    oauth: `${tokenHost ?? `${origin}/oauth/token`}${context}`,
    tokenInfo: `${origin}${context}/oauth/token_info`,
    dataManagementApi: `${origin}${context}/data`,
    xsdMetadata: `${origin}${context}/metadata/xsd`,
    ...(changeQueries ? { changeQueries: `${origin}${context}/changeQueries/v1` } : {}),
  };
}

// A year looks like one; anything may be a tenant.
function fits(value: string, segment: Segment | undefined): boolean {
  return segment !== "year" || /^\d{4}$/.test(value);
}

function startsWith(parts: readonly string[], head: readonly string[]): boolean {
  return head.every((part, index) => parts[index] === part);
}
