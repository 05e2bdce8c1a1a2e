import type { Server } from "node:http";
import * as z from "zod";
import { ChangeError } from "../store/changes.ts";
import { type Fault, type FaultInput, faultSchema, faults } from "./faults.ts";
import { jsonReply, type Reply, type Request } from "./reply.ts";
import { type LoggedRequest, requestLog } from "./request-log.ts";
import { headerText, listen } from "./server.ts";

/** An API that is imitated: how it answers, and how its data change. `Change` is what a change looks like. */
export interface Imitation<Change> {
  answer(request: Request): Promise<Reply> | Reply;
  /** The error body that the API has for a status. */
  problem(status: number): Reply;
  readonly changeSchema: z.ZodType<Change>;
  /** Makes one change and tells what became of it. Throws a ChangeError when it cannot be made. */
  apply(change: Change): Record<string, unknown>;
  /** What `GET /sandbox/state` shows. */
  state(): unknown;
  /** Forgets the changes. */
  reset(): void;
  expireTokens(): void;
}

/** How an imitation is served; everything has a default. */
export interface ServingOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Packs answers for clients that accept it. */
  readonly gzip?: boolean;
  /** Requests the log keeps. */
  readonly logSize?: number;
}

/** A running imitation. */
export interface Served<Change> {
  readonly url: string;
  /** The last requests to the API; not those to the sandbox's own endpoints. */
  readonly requests: readonly LoggedRequest[];
  /** The most requests that were being answered at once. */
  highWater(): number;
  /** Changes the data, as `POST /sandbox/changes` does. Throws a ChangeError for the first that cannot be made; those before it stay. */
  apply(changes: Change | readonly Change[]): Record<string, unknown>[];
  addFaults(rules: FaultInput | readonly FaultInput[]): void;
  clearFaults(): void;
  expireTokens(): void;
  clearRequests(): void;
  /** Forgets changes, faults and requests. */
  reset(): void;
  close(): Promise<void>;
}

const controlPrefix = "/sandbox";
const isControl = (path: string): boolean => path === controlPrefix || path.startsWith(`${controlPrefix}/`);

/** Serves an imitated API on loopback, with a request log, faults by rule and the sandbox's own endpoints below `/sandbox`. */
export async function serveImitation<Change>(
  imitation: Imitation<Change>,
  options: ServingOptions = {},
): Promise<Served<Change>> {
  const log = requestLog(options.logSize ?? 10_000);
  const rules = faults();
  const applyAll = (changes: unknown): Record<string, unknown>[] =>
    z
      .array(imitation.changeSchema)
      .parse([changes].flat())
      .map((change) => imitation.apply(change));
  const reset = (): void => {
    imitation.reset();
    rules.clear();
    log.clear();
  };

  const postFaults = (body: unknown): Reply => {
    rules.add(z.array(faultSchema).parse([body].flat()));
    return jsonReply(200, rules.list());
  };
  const control = async (request: Request): Promise<Reply> => {
    const done = (work: () => void): Reply => {
      work();
      return jsonReply(200, {});
    };
    switch (`${request.method} ${request.path.slice(controlPrefix.length).replace(/\/$/, "")}`) {
      case "POST /changes":
        return jsonReply(200, { changes: applyAll(JSON.parse(await request.body())) });
      case "GET /state":
        return jsonReply(200, imitation.state());
      case "GET /requests":
        return jsonReply(200, { count: log.count(), highWater: log.highWater(), requests: log.entries });
      case "DELETE /requests":
        return done(log.clear);
      case "GET /faults":
        return jsonReply(200, rules.list());
      case "POST /faults":
        return postFaults(JSON.parse(await request.body()));
      case "DELETE /faults":
        return done(rules.clear);
      case "POST /expire-tokens":
        return done(imitation.expireTokens);
      case "POST /reset":
        return done(reset);
      default:
        return jsonReply(404, { error: `The sandbox has no ${request.method} ${request.path}.` });
    }
  };
  const handle = async (request: Request): Promise<Reply> => {
    try {
      return await (isControl(request.path) ? control(request) : imitation.answer(request));
    } catch (error) {
      if (isControl(request.path)) {
        return refusal(error);
      }
      const reply = imitation.problem(500);
      // The reason goes to whoever wrote the test, not into the imitated body.
      return { ...reply, headers: { ...reply.headers, "x-sandbox-error": headerText(error) } };
    }
  };
  const applyFault = async (changes: Fault["apply"]): Promise<void> => {
    if (changes !== undefined) {
      applyAll(changes);
    }
  };
  const server = await listen(
    {
      handle,
      applyFault,
      problem: imitation.problem,
      isControl,
      log,
      faults: rules,
      latencyMs: 0,
      gzip: options.gzip ?? true,
    },
    options.port ?? 0,
  );
  return {
    url: addressOf(server),
    requests: log.entries,
    highWater: log.highWater,
    apply: applyAll,
    addFaults: (added) => rules.add(z.array(faultSchema).parse([added].flat())),
    clearFaults: rules.clear,
    expireTokens: imitation.expireTokens,
    clearRequests: log.clear,
    reset,
    close: async () => await closed(server),
  };
}

function refusal(error: unknown): Reply {
  if (error instanceof z.ZodError) {
    return jsonReply(400, { error: z.prettifyError(error) });
  }
  const status = error instanceof ChangeError ? error.status : 400;
  return jsonReply(status, { error: error instanceof Error ? error.message : String(error) });
}

/** Where a server on loopback listens. */
export function addressOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

/** Ends a server with the connections that are open. */
export async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
