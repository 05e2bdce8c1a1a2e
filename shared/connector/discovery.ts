import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { jsonOf } from "./json-value.ts";
import { whyNotAsked } from "./reach.ts";
import { expand, expandIfKnown, type TemplateValues } from "./template.ts";

/** `apiMode` is told by servers of suite 3 before 7.0 only. */
const documentSchema = z.looseObject({
  version: z.string().optional().catch(undefined),
  apiMode: z.string().optional(),
  urls: z.record(z.string(), z.unknown()).default({}),
});

type Document = z.infer<typeof documentSchema>;

/** Sends a GET without credentials; `check` sees a good answer, and may throw a RetryableError to have it asked for again. */
export type PlainGet = (url: string, check: (answer: HttpAnswer) => void) => Promise<HttpAnswer>;

async function readDocument(url: string, get: PlainGet): Promise<Document> {
  const path = new URL(url).pathname;
  let document: Document | undefined;
  const answer = await get(url, (found) => {
    document = documentSchema.safeParse(jsonOf(found.body)).data;
    if (!document) throw new RetryableError("The source's discovery document is not what it should be", { path });
  });
  if (document) return document;
  throw new PermanentError("The source has no discovery document at its address. Check the url in the sources file.", {
    status: answer.status,
    path,
  });
}

/** The last part of a path that is a year. */
const yearInPath = /\/(?:19|20)\d\d(?=\/|$)(?!.*\/(?:19|20)\d\d(?:\/|$))/;

/**
 * A server in the mode "Year Specific" tells the addresses of the calendar year it is, whatever school year is meant (protocols §2). Read as
 * they are, they would bring the rows of another year without any sign of it.
 */
function inSchoolYear(address: string, mode: string, schoolYear: string | undefined): string {
  if (!/year specific/i.test(mode) || !yearInPath.test(address)) return address;
  if (schoolYear !== undefined) return address.replace(yearInPath, `/${schoolYear}`);
  throw new PermanentError("The source keeps each school year apart. List its school_years in the sources file.");
}

/** Servers before 7.0 have change queries at an address that they do not tell; one that has none answers 404 there (protocols §2). */
function changeQueriesOf(document: Document): string | undefined {
  const data = document.urls.dataManagementApi;
  if (document.apiMode === undefined || typeof data !== "string") return undefined;
  const derived = data.replace(/\/data\/v\d+(?=\/|$)/, "/changeQueries/v1");
  return derived === data ? undefined : derived;
}

/** Addresses that others are built on. Some servers (DMS) tell them without the slash that these begin behind. */
const bases = new Set(["dataManagementApi", "changeQueries"]);

/** What a person sets in the sources file for a value that a placeholder stands for. */
const settingOf: Readonly<Record<string, string>> = {
  school_year: "school_years",
  tenant: "tenant",
  instance: "instance",
};

function openPlace(name: string, placeholder: string, template: string | undefined): PermanentError {
  const setting = settingOf[template?.replace(/^\{(\w+)\}$/, "$1") ?? ""];
  const remedy = setting
    ? `Set ${setting} of this source in the sources file.`
    : "Ask the host for the address that is meant, and write it into the url of this source in the sources file.";
  return new PermanentError(`The source's discovery leaves {${placeholder}} open in its address ${name}. ${remedy}`, {
    why: placeholder,
  });
}

function notAsked(name: string, why: string): PermanentError {
  return new PermanentError(
    `The source's discovery tells an address ${name} that is not asked: ${why}. Ask the host to put it right (behind a proxy: the forwarded headers).`,
    { why: name },
  );
}

/** An address with its open places filled, as far as there are values. */
function fill(address: string, placeholders: Readonly<Record<string, string>>, values: TemplateValues): string {
  return address.replaceAll(/\{(\w+)\}/g, (whole, placeholder: string) => {
    const template = placeholders[placeholder];
    return (template && expandIfKnown(template, values)) ?? whole;
  });
}

/** What an API tells about itself. */
export interface Discovery {
  /** `urls.<name>` for each address that can be used. */
  readonly addresses: TemplateValues;
  /** Of the API ("7.3", "5.3-cqe"); undefined when it does not say. */
  readonly version: string | undefined;
}

/**
 * Reads the API's own list of addresses and fills what it leaves open.
 * @throws PermanentError when there is no such list at the source's address, or an address that is needed keeps an open place
 */
export async function discover(connector: Connector, values: TemplateValues, get: PlainGet): Promise<Discovery> {
  const { discovery } = connector;
  if (!discovery) return { addresses: {}, version: undefined };
  const document = await readDocument(expand(discovery.url, values), get);
  const urls = { changeQueries: changeQueriesOf(document), ...document.urls };
  const needed = JSON.stringify(connector);
  const found: Record<string, string> = {};
  for (const [name, address] of Object.entries(urls)) {
    if (typeof address !== "string") continue;
    const filled = fill(address, discovery.placeholders, values);
    const open = /\{(\w+)/.exec(filled)?.[1];
    if (open !== undefined) {
      if (needed.includes(`{urls.${name}}`)) throw openPlace(name, open, discovery.placeholders[open]);
      continue;
    }
    const own = inSchoolYear(filled, document.apiMode ?? "", values.school_year);
    const why = whyNotAsked(own, values.url ?? own);
    if (why !== undefined) {
      if (needed.includes(`{urls.${name}}`)) throw notAsked(name, why);
      continue;
    }
    found[`urls.${name}`] = bases.has(name) ? own.replace(/\/*$/, "/") : own;
  }
  return { addresses: found, version: document.version };
}
