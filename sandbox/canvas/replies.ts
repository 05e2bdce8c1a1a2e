import { jsonReply, type Reply, type Request, textReply } from "../http/reply.ts";
import { isRawNumber, type JsonValue } from "../json/lossless.ts";

/** What Canvas says to a request that it does not serve. */
export class CanvasError extends Error {
  override readonly name = "CanvasError";
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`status ${reply.status}`);
    this.reply = reply;
  }
}

const withMessage = (message: string) => ({ errors: [{ message }] });

/** 401 with the header that means the token: missing, unknown, ended. */
export function badToken(hasToken: boolean): CanvasError {
  const body = hasToken
    ? withMessage("Invalid access token.")
    : { status: "unauthenticated", ...withMessage("user authorization required") };
  return new CanvasError(jsonReply(401, body, { "WWW-Authenticate": 'Bearer realm="canvas-lms"' }));
}

/** 401 without that header: the user behind the token may not do this. */
export function notAuthorized(): CanvasError {
  const body = { status: "unauthorized", ...withMessage("user not authorized to perform that action") };
  return new CanvasError(jsonReply(401, body));
}

/** 404, also for what the caller may not see. */
export function notFound(): CanvasError {
  return new CanvasError(jsonReply(404, withMessage("The specified resource does not exist.")));
}

/** 400 with its reason. */
export function badRequest(message: string): CanvasError {
  return new CanvasError(jsonReply(400, withMessage(message)));
}

/** The refusal of a full bucket, without `Retry-After`: 403 until October 2025 and on own servers, 429 in Instructure's cloud since. */
export function throttled(status: 403 | 429): Reply {
  const words = status === 403 ? "403 Forbidden" : "429 Too Many Requests";
  const headers = { "X-Rate-Limit-Remaining": "0.0" };
  return textReply(status, `${words} (Rate Limit Exceeded)\n`, headers, "text/plain; charset=utf-8");
}

/** The body that Canvas has for a status. */
export function problemBody(status: number): Reply {
  const message = status === 404 ? "The specified resource does not exist." : "An error occurred.";
  return jsonReply(status, status >= 500 ? { ...withMessage(message), error_report_id: 1 } : withMessage(message));
}

/** Whether a client asks for ids as text: those of other shards are beyond 2^53. */
export function wantsStringIds(request: Request): boolean {
  return (request.headers.accept ?? "").includes("application/json+canvas-string-ids");
}

const isIdName = (name: string): boolean => name === "id" || name.endsWith("_id") || name.endsWith("_ids");

function idText(value: JsonValue): JsonValue {
  if (typeof value === "number") {
    return String(value);
  }
  if (isRawNumber(value)) {
    return value.rawJSON;
  }
  return Array.isArray(value) ? value.map(idText) : value;
}

/** The value with all ids in it as text. */
export function withStringIds(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map(withStringIds);
  }
  if (typeof value !== "object" || value === null || isRawNumber(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, isIdName(name) ? idText(member) : withStringIds(member)]),
  );
}
