import { type Imitation, type Served, type ServingOptions, serveImitation } from "../http/imitation.ts";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import type { JsonObject } from "../json/lossless.ts";
import { textOf } from "../records/ids.ts";
import { type RecordChange, recordChangeSchema, tables } from "../records/tables.ts";
import { type FormsSample, formsSample } from "./sample.ts";
import { accountTokens, newAccount, type ServiceAccount } from "./tokens.ts";

/** How an imitation of Google Forms is started; everything has a default. */
export interface FormsOptions extends ServingOptions {
  readonly tokenSeconds?: number;
  /** Forms and responses in place of the sample's. */
  readonly data?: FormsSample;
  /** Rows on a page at most, whatever is asked for. */
  readonly maxPageSize?: number;
  readonly now?: () => number;
}

/** A running imitation of Google Forms, of what Drive has of them, and of Google's tokens. */
export interface FormsSandbox extends Served<RecordChange>, ServiceAccount {}

const statuses: Readonly<Record<number, readonly [string, string]>> = {
  400: ["INVALID_ARGUMENT", "Request contains an invalid argument."],
  401: ["UNAUTHENTICATED", "Request had invalid authentication credentials."],
  403: ["PERMISSION_DENIED", "The caller does not have permission"],
  404: ["NOT_FOUND", "Requested entity was not found."],
  429: ["RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Expensive Read Requests'."],
};

/** An error as Google's APIs have it. */
function problem(code: number): Reply {
  const [status, message] = statuses[code] ?? ["INTERNAL", "Internal error encountered."];
  return jsonReply(code, { error: { code, message, status } });
}

/** One page of a list, with the token of the next. A list without anything is no member of the answer at all. */
function page(name: string, rows: readonly JsonObject[], request: Request, maxPageSize: number): Reply {
  const token = request.query.get("pagetoken");
  const offset = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString("utf8"));
  const wanted = Number(request.query.get("pagesize") ?? "0");
  if (!Number.isInteger(offset) || offset > rows.length || !Number.isInteger(wanted) || wanted < 0) return problem(400);
  const end = offset + Math.min(wanted === 0 ? maxPageSize : wanted, maxPageSize);
  const found = rows.slice(offset, end);
  const next = end < rows.length ? { nextPageToken: Buffer.from(String(end)).toString("base64url") } : {};
  return jsonReply(200, { ...(found.length > 0 ? { [name]: found } : {}), ...next });
}

const without = ({ id, ...members }: JsonObject): JsonObject => members;
const asListed = ({ formId, ...members }: JsonObject): JsonObject => without(members);

/** Starts an imitation of Google Forms on loopback. Returns when it listens; throws when the port is taken. */
export async function startForms(options: FormsOptions = {}): Promise<FormsSandbox> {
  const { now = Date.now, tokenSeconds = 3600, maxPageSize = 5000 } = options;
  const { account, publicKey } = newAccount();
  const tokens = accountTokens(account, publicKey, { tokenSeconds, now });
  let sample = options.data;
  const first = (): FormsSample => {
    sample ??= formsSample();
    return sample;
  };
  const data = tables({
    files: () => first().files,
    forms: () => first().forms,
    responses: () => first().responses,
  });
  const formAt = (id: string, below: string | undefined, request: Request): Reply => {
    const form = data.find("forms", id);
    if (form === undefined) return problem(404);
    if (below === undefined) return jsonReply(200, without(form));
    const own = data.rows("responses").filter(({ formId }) => textOf(formId) === id);
    return below === "responses" ? page("responses", own.map(asListed), request, maxPageSize) : problem(404);
  };
  const read = (request: Request): Reply => {
    if (!tokens.isGood(request)) return problem(401);
    const [, service, version, resource, id, below] = request.path.split("/");
    if (service === "drive" && version === "v3" && resource === "files" && id === undefined) {
      return page("files", data.rows("files"), request, maxPageSize);
    }
    return service === "v1" && version === "forms" && resource !== undefined
      ? formAt(resource, id, request)
      : problem(below === undefined ? 404 : 400);
  };
  const imitation: Imitation<RecordChange> = {
    answer: (request) =>
      request.method === "POST" && request.path === "/token" ? tokens.issue(request) : read(request),
    problem,
    changeSchema: recordChangeSchema,
    apply: data.apply,
    state: data.counts,
    reset: data.reset,
    expireTokens: tokens.expireAll,
  };
  return { ...(await serveImitation(imitation, options)), ...account };
}
