import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { jsonOf } from "./json-value.ts";
import { expand, type TemplateValues } from "./template.ts";

/** `apiMode` is told by servers of suite 3 before 7.0 only. */
const documentSchema = z.looseObject({
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

/**
 * Reads the API's own list of addresses and fills what it leaves open: `urls.<name>` for each that can be used.
 * @throws PermanentError when there is no such list at the source's address
 */
export async function discover(connector: Connector, values: TemplateValues, get: PlainGet): Promise<TemplateValues> {
  const { discovery } = connector;
  if (!discovery) return {};
  const document = await readDocument(expand(discovery.url, values), get);
  const urls = { changeQueries: changeQueriesOf(document), ...document.urls };
  const found: Record<string, string> = {};
  for (const [name, address] of Object.entries(urls)) {
    if (typeof address !== "string") continue;
    const filled = address.replaceAll(/\{(\w+)\}/g, (whole, placeholder: string) => {
      const template = discovery.placeholders[placeholder];
      return template ? expand(template, values) : whole;
    });
    // An address that still has an open place cannot be used; asking for it is an error that names it.
    if (filled.includes("{")) continue;
    const own = inSchoolYear(filled, document.apiMode ?? "", values.school_year);
    found[`urls.${name}`] = bases.has(name) && !own.endsWith("/") ? `${own}/` : own;
  }
  return found;
}
