import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import type { HttpAnswer, HttpClient } from "../connector/http.ts";
import { explain } from "../connector/refusal.ts";
import { ownValues } from "../connector/session.ts";
import { expand } from "../connector/template.ts";
import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Finding, fails, note, works } from "./finding.ts";

const documentSchema = z.looseObject({
  version: z.string().optional(),
  build: z.string().optional(),
  applicationName: z.string().optional(),
  dataModels: z.array(z.looseObject({ name: z.string(), version: z.string() })).default([]),
  urls: z.record(z.string(), z.unknown()),
});

type Document = z.output<typeof documentSchema>;

/** What the discovery document and its answer tell. */
export interface Discovered {
  readonly findings: readonly Finding[];
  /** Whether it makes sense to go on asking. */
  readonly isUsable: boolean;
}

/** How far a clock may be off before it is told, in milliseconds. */
const skewMaxMs = 60_000;
/** How often an address that cannot be reached is tried. */
const triesMax = 2;

interface Timed {
  readonly answer: HttpAnswer;
  /** Before and after the request, by our clock. */
  readonly from: number;
  readonly to: number;
}

async function getTimed(url: string, http: HttpClient, clock: Clock, timeoutMs: number): Promise<Timed> {
  for (let attempt = 1; ; attempt += 1) {
    const from = clock.now().getTime();
    try {
      const answer = await http({ method: "GET", url, timeoutMs, headers: { accept: "application/json" } });
      return { answer, from, to: clock.now().getTime() };
    } catch (error) {
      if (!(error instanceof RetryableError) || attempt >= triesMax) throw error;
    }
  }
}

/** How far the server's clock is ahead of ours, in milliseconds; 0 within what one answer can tell, undefined when it tells nothing. */
function skewOf({ answer, from, to }: Timed): number | undefined {
  const date = Date.parse(answer.headers.get("date") ?? "");
  // What a cache answers tells of the time when it was cached.
  if (Number.isNaN(date) || answer.headers.has("age")) return undefined;
  // The header has whole seconds: the true time lies in the second that begins with it.
  if (date > to) return date - to;
  return date + 1000 < from ? date + 1000 - from : 0;
}

function clockFinding(timed: Timed): Finding[] {
  const skew = skewOf(timed);
  if (skew === undefined) return [];
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) <= skewMaxMs) return [works("clock", seconds === 0 ? "agrees" : `${seconds} s apart`)];
  const text = `the server's clock is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} this machine's`;
  return [
    fails(
      "clock",
      text,
      "Let this machine set its clock by the network (NTP). If it is right, ask the host to set theirs.",
    ),
  ];
}

function parse(answer: HttpAnswer): Document | undefined {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return documentSchema.safeParse(value).data;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

/** Credentials go wherever the document says, so what it says is looked at. */
function addressFindings(document: Document, own: URL): Finding[] {
  const addresses = Object.values(document.urls).flatMap((address) =>
    typeof address === "string" && URL.canParse(address) ? [new URL(address)] : [],
  );
  const findings: Finding[] = [];
  const plain = addresses.filter(({ protocol, hostname }) => protocol === "http:" && !isLoopback(hostname));
  if (own.protocol === "https:" && plain.length > 0) {
    findings.push(
      fails(
        "addresses",
        "the API says to send the credentials over http:, where anybody on the way can read them",
        "Ask the host: behind a proxy the API has to honour X-Forwarded-Proto (Ed-Fi: UseReverseProxyHeaders), so that its discovery document tells https addresses.",
      ),
    );
  }
  const hosts = [...new Set(addresses.map(({ host }) => host))].filter((host) => host !== own.host);
  if (hosts.length > 0) {
    const remedy = "Ask the host whether this is meant; an internal name here cannot be reached from outside.";
    findings.push(note("addresses", `the API has addresses on another host: ${hosts.join(", ")}`, remedy));
  }
  return findings;
}

function versionText(document: Document): string {
  const { version, build, applicationName, dataModels } = document;
  const models = dataModels.map((model) => `${model.name} ${model.version}`).join(", ");
  return [
    version ? `API version ${version}${build ? ` (build ${build})` : ""}` : "the API does not tell its version",
    ...(applicationName ? [applicationName] : []),
    models ? `data standard ${models}` : "no data standard told",
  ].join("; ");
}

/** An address as it may be printed: without what might stand in front of the host or behind the path. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** Reads the document by which an API presents itself: whether it is there, which version it is, whose clock is wrong. */
export async function examineDiscovery(
  source: Source,
  connector: Connector,
  schoolYear: number,
  { http, clock }: { readonly http: HttpClient; readonly clock: Clock },
): Promise<Discovered> {
  const unusable = (text: string, remedy: string, more: readonly Finding[] = []): Discovered => ({
    findings: [fails("address", text, remedy), ...more],
    isUsable: false,
  });
  if (!connector.discovery) return { findings: [], isUsable: true };
  const url = expand(connector.discovery.url, ownValues(source, schoolYear));
  let timed: Timed;
  try {
    timed = await getTimed(url, http, clock, source.timeout_seconds * 1000);
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    const why = error.details.code === undefined ? "" : ` (${error.details.code})`;
    return unusable(
      `${shown(url)}: ${error.message}${why}`,
      "Check the url in the sources file, and that this machine may reach it (firewall, proxy). If both are right, ask the host whether the API is up.",
    );
  }
  const clockFindings = clockFinding(timed);
  const { answer } = timed;
  const document = answer.status === 200 ? parse(answer) : undefined;
  if (!document) {
    const { text } = explain(answer);
    return unusable(
      `${shown(url)} answered ${answer.status}${answer.status === 200 ? " with something that is no discovery document" : ""}.${text ? ` It says: ${text}` : ""}`,
      "Put url, tenant, instance and school_years right in the sources file; ask the host for the API's base address, at which it presents itself.",
      clockFindings,
    );
  }
  return {
    findings: [works("address", versionText(document)), ...addressFindings(document, new URL(url)), ...clockFindings],
    isUsable: true,
  };
}
