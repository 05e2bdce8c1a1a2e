import * as z from "zod";
import { type Claims, claimsSchema } from "../edfi/access.ts";
import { isObject, parseLossless, rawNumber } from "../json/lossless.ts";
import { type ChangeDesk, StoppedError } from "../store/change-desk.ts";
import { ChangeError, type ChangeResult, changeSchema } from "../store/changes.ts";
import { everything } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import { type Faults, faultSchema } from "./faults.ts";
import { jsonReply, type Reply, type Request } from "./reply.ts";
import type { RequestLog } from "./request-log.ts";

/** What the control endpoints work on. */
export interface ControlParts {
  readonly years: ReadonlyMap<number, YearData>;
  readonly desk: ChangeDesk;
  readonly log: RequestLog;
  readonly faults: Faults;
  expireTokens(): void;
  setClaims(claims: Claims): void;
}

const controlPrefix = "/sandbox";

/** Whether a path is the sandbox's own and not the imitated API's. */
export function isControlPath(path: string): boolean {
  return path === controlPrefix || path.startsWith(`${controlPrefix}/`);
}

/** Answers the sandbox's own endpoints. They need no token: the sandbox is reached from this machine only. */
export async function answerControl(parts: ControlParts, request: Request): Promise<Reply> {
  const name = `${request.method} ${request.path.slice(controlPrefix.length).replace(/\/$/, "")}`;
  switch (name) {
    case "POST /changes":
      return await postChanges(parts, request);
    case "GET /state":
      return await getState(parts);
    case "GET /requests":
      return jsonReply(200, {
        count: parts.log.count(),
        highWater: parts.log.highWater(),
        requests: parts.log.entries,
      });
    case "DELETE /requests":
      parts.log.clear();
      return jsonReply(200, {});
    case "GET /faults":
      return jsonReply(200, parts.faults.list());
    case "POST /faults":
      return await postFaults(parts, request);
    case "DELETE /faults":
      parts.faults.clear();
      return jsonReply(200, {});
    case "PUT /claims":
      return await putClaims(parts, request);
    case "POST /expire-tokens":
      parts.expireTokens();
      return jsonReply(200, {});
    case "POST /reset":
      await parts.desk.reset();
      parts.faults.clear();
      parts.log.clear();
      return jsonReply(200, {});
    default:
      return refusal(404, `The sandbox has no ${name}.`);
  }
}

/** A result as JSON: change versions as numbers of any size. */
export function resultJson(result: ChangeResult): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, typeof value === "bigint" ? rawNumber(value) : value]),
  );
}

async function postChanges(parts: ControlParts, request: Request): Promise<Reply> {
  const body = await readJson(request);
  const list = isObject(body) && "changes" in body ? body.changes : body;
  const parsed = z.array(changeSchema).safeParse(Array.isArray(list) ? list : [list]);
  if (!parsed.success) {
    return refusal(400, z.prettifyError(parsed.error));
  }
  const year = request.query.get("year");
  if (year !== undefined && !/^\d+$/.test(year)) {
    return refusal(400, "year must be a school year, such as 2011.");
  }
  try {
    const results = await parts.desk.apply(parsed.data, year === undefined ? undefined : Number(year));
    return jsonReply(200, { changes: results.map(resultJson) });
  } catch (error) {
    if (error instanceof StoppedError) {
      const changes = error.results.map(resultJson);
      return jsonReply(error.status, { error: error.message, index: error.index, changes });
    }
    if (error instanceof ChangeError || error instanceof SyntaxError) {
      return refusal(error instanceof ChangeError ? error.status : 400, error.message);
    }
    throw error;
  }
}

async function postFaults(parts: ControlParts, request: Request): Promise<Reply> {
  const body = await readJson(request);
  const parsed = z.array(faultSchema).safeParse(Array.isArray(body) ? body : [body]);
  if (!parsed.success) {
    return refusal(400, z.prettifyError(parsed.error));
  }
  parts.faults.add(parsed.data);
  return jsonReply(200, parts.faults.list());
}

async function putClaims(parts: ControlParts, request: Request): Promise<Reply> {
  const parsed = claimsSchema.safeParse(await readJson(request));
  if (!parsed.success) {
    return refusal(400, z.prettifyError(parsed.error));
  }
  parts.setClaims(parsed.data);
  return jsonReply(200, {});
}

// Counting a resource opens it, so the counts of all resources cost as much as reading all data once.
async function getState({ years }: ControlParts): Promise<Reply> {
  const state: Record<string, unknown> = {};
  for (const [year, data] of years) {
    const resources: Record<string, unknown> = {};
    for (const name of data.resources) {
      const resource = await data.open(name);
      const { tombstones, keyChanges } = resource.overlay;
      resources[name] = {
        count: everything(resource).count,
        ...(tombstones.length === 0 ? {} : { deleted: tombstones.length }),
        ...(keyChanges.length === 0 ? {} : { keyChanges: keyChanges.length }),
      };
    }
    state[year] = { newestChangeVersion: rawNumber(await data.newest()), resources };
  }
  return jsonReply(200, { years: state });
}

async function readJson(request: Request) {
  try {
    return parseLossless(await request.body());
  } catch {
    // Anything but JSON is refused by the schema that comes next, with the same words for all of it.
    return undefined;
  }
}

function refusal(status: number, error: string): Reply {
  return jsonReply(status, { error });
}
