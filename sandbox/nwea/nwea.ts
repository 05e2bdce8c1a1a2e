import { randomBytes } from "node:crypto";
import { type Imitation, type Served, type ServingOptions, serveImitation } from "../http/imitation.ts";
import { type Reply, type Request, textReply } from "../http/reply.ts";
import { textOf } from "../records/ids.ts";
import { type RecordChange, recordChangeSchema, tables } from "../records/tables.ts";
import type { Layout } from "./csv.ts";
import { districtExport } from "./export.ts";
import { gatewayFault, partner } from "./partner.ts";
import { type Result, resultBid, resultsSample } from "./results.ts";

/** How an imitation of NWEA's two interfaces is started; everything has a default. */
export interface NweaOptions extends ServingOptions {
  /** Of the person whose credentials fetch the district's export. */
  readonly user?: string;
  readonly password?: string;
  /** Of the partner's application. */
  readonly key?: string;
  readonly secret?: string;
  readonly tokenSeconds?: number;
  /** Results by their columns, in place of the sample's. */
  readonly results?: readonly Result[];
  /** Results that are made up while the export is read, beside the others: any number. They are in the export only. */
  readonly madeUpResults?: number;
  /** How the export's columns are laid out. */
  readonly layout?: Layout;
  /** Whether NWEA has made an export yet. */
  readonly hasExport?: boolean;
  /** Of the district, by whose clocks the export tells times; Chicago's when absent. The partner API tells them in UTC. */
  readonly timeZone?: string;
  /** Results on a page of the partner API; the server decides, nobody can ask for more. */
  readonly pageSize?: number;
  /** The partner API gives the token of the same page again and again. */
  readonly repeatsToken?: boolean;
  readonly now?: () => number;
}

/** A running imitation of NWEA. */
export interface NweaSandbox extends Served<RecordChange> {
  readonly user: string;
  readonly password: string;
  readonly key: string;
  readonly secret: string;
}

const exportPath = "/services/reporting/dex";

/** Starts an imitation of NWEA's district export and partner API on loopback. Returns when it listens; throws when the port is taken. */
export async function startNwea(options: NweaOptions = {}): Promise<NweaSandbox> {
  const now = options.now ?? Date.now;
  const made = () => randomBytes(12).toString("hex");
  const { user = "sandbox", password = made(), key = "sandbox-key", secret = made() } = options;
  const sample = resultsSample();
  const first = (options.results ?? sample.results).map((result) => ({ id: resultBid(result), ...result }));
  const data = tables({ results: () => first });
  const modified = new Map<string, string>();
  const results = (): Result[] =>
    data
      .rows("results")
      .map((record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, textOf(value)])));
  const partnerApi = partner({
    key,
    secret,
    tokenSeconds: options.tokenSeconds ?? 3600,
    pageSize: options.pageSize ?? 5,
    timeZone: options.timeZone ?? "America/Chicago",
    repeatsToken: options.repeatsToken ?? false,
    results,
    modifiedAt: (id) => modified.get(id),
    now,
  });
  const stream = () =>
    districtExport({
      columns: sample.columns,
      results: results(),
      madeUpResults: options.madeUpResults ?? 0,
      layout: options.layout ?? {},
    });
  const credentials = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const imitation: Imitation<RecordChange> = {
    answer: (request) =>
      request.path === exportPath
        ? exported(request, credentials, options.hasExport === false ? undefined : stream)
        : partnerApi.answer(request),
    problem: gatewayFault,
    changeSchema: recordChangeSchema,
    apply: (change) => {
      if (change.op === "update") {
        modified.set(change.id, new Date(now()).toISOString());
      }
      return data.apply(withBid(change));
    },
    state: () => ({ results: data.rows("results").map(({ id }) => id) }),
    reset: () => {
      data.reset();
      modified.clear();
    },
    expireTokens: partnerApi.expireTokens,
  };
  return { ...(await serveImitation(imitation, options)), user, password, key, secret };
}

// A result that comes without an id is given the one that it has in the partner API.
function withBid(change: RecordChange): RecordChange {
  if (change.op !== "insert") {
    return change;
  }
  const columns = Object.fromEntries(Object.entries(change.record).map(([name, value]) => [name, String(value)]));
  return { ...change, record: { id: resultBid(columns), ...change.record } };
}

function exported(request: Request, credentials: string, stream: (() => AsyncIterable<Buffer>) | undefined): Reply {
  if (request.headers.authorization !== credentials) {
    const headers = { "WWW-Authenticate": 'Basic realm="NWEA"' };
    return textReply(401, "Unauthorized", headers, "text/plain; charset=utf-8");
  }
  if (stream === undefined) {
    return textReply(404, "No export file is available.", {}, "text/plain; charset=utf-8");
  }
  const headers = {
    "content-type": "application/zip",
    "content-disposition": 'attachment; filename="Comprehensive.zip"',
  };
  return { status: 200, headers, body: "", stream };
}
