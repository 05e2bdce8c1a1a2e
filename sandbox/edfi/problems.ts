import { randomUUID } from "node:crypto";
import { type Reply, textReply } from "../http/reply.ts";

/** Problem details as ODS/API 7.2 and later write them. */
export interface Problem {
  readonly status: number;
  /** What follows `urn:ed-fi:api:`. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly string[];
  readonly validationErrors?: Readonly<Record<string, readonly string[]>>;
}

/** A problem on its way to the client. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

export function problemReply({ status, type, title, detail, errors, validationErrors }: Problem): Reply {
  const body = {
    detail,
    type: `urn:ed-fi:api:${type}`,
    title,
    status,
    correlationId: randomUUID(),
    ...(validationErrors === undefined ? {} : { validationErrors }),
    ...(errors === undefined ? {} : { errors }),
  };
  return textReply(status, JSON.stringify(body), {}, "application/problem+json");
}

export const unauthenticated = (error: string): ProblemError =>
  new ProblemError({
    status: 401,
    type: "security:authentication",
    title: "Authentication Failed",
    detail: "The caller could not be authenticated.",
    errors: [error],
  });

export const tooManyTokens = (limit: number): ProblemError =>
  new ProblemError({
    status: 429,
    type: "security:authentication:too-many-tokens",
    title: "Too Many Tokens",
    detail: "The caller has authenticated too many times in too short of a time period.",
    errors: [
      `Too many access tokens have been requested (limit is ${limit}). Access tokens should be reused until they expire.`,
    ],
  });

/** The claim set has nothing at all on the resource. */
export const resourceDenied = (claimSet: string, claims: readonly string[]): ProblemError =>
  denied("resource", [
    `The API client's assigned claim set (currently '${claimSet}') must include one of the following resource claims to provide access to this resource: ${quoted(claims)}.`,
  ]);

/** The claim set has the resource, but not for this action. */
export const actionDenied = (claimSet: string, action: string, claims: readonly string[]): ProblemError =>
  denied("action", [
    `The API client's assigned claim set (currently '${claimSet}') must grant permission of the '${action}' action on one of the following resource claims: ${quoted(claims)}.`,
  ]);

export const pathNotFound = (path: string): ProblemError =>
  notFound("The specified data could not be found.", [
    `Path '${path}' does not exist. Check the resource name and try again.`,
  ]);

export const itemNotFound = (): ProblemError => notFound("The specified item could not be found.");

export const featureOff = (): ProblemError => notFound("The specified data could not be found.");

export const noInstance = (): ProblemError =>
  notFound("No ODS instance matching the available route values was found.");

export const noSnapshot = (): ProblemError => notFound("Snapshot not found.");

export const methodNotAllowed = (): ProblemError =>
  new ProblemError({
    status: 405,
    type: "method-not-allowed",
    title: "Method Not Allowed",
    detail: "The request construction was invalid.",
    errors: ["The sandbox's API is read only: change its data through POST /sandbox/changes."],
  });

/** A query parameter with an impossible value, on a collection. */
export const badParameter = (error: string): ProblemError =>
  parameterProblem("The request construction was invalid.", [error]);

/** The same on `/deletes` and `/keyChanges`, which word it differently and list all that is wrong. */
export const badTrackedParameters = (errors: readonly string[]): ProblemError =>
  parameterProblem("Parameters supplied to the request were invalid.", errors);

/** A query parameter that is not of its type at all. */
export const unreadableParameter = (name: string, value: string): ProblemError =>
  new ProblemError({
    status: 400,
    type: "bad-request:data-validation-failed",
    title: "Data Validation Failed",
    detail: "Data validation failed. See 'validationErrors' for details.",
    validationErrors: { [name]: [`The value '${value}' is not valid.`] },
  });

export const serverError = (): ProblemError =>
  new ProblemError({
    status: 500,
    type: "system",
    title: "System Error",
    detail: "An unexpected problem has occurred.",
  });

function denied(kind: string, errors: readonly string[]): ProblemError {
  return new ProblemError({
    status: 403,
    type: `security:authorization:access-denied:${kind}`,
    title: "Authorization Denied",
    detail: "Access to the resource could not be authorized.",
    errors,
  });
}

function notFound(detail: string, errors?: readonly string[]): ProblemError {
  return new ProblemError({ status: 404, type: "not-found", title: "Not Found", detail, ...(errors && { errors }) });
}

function parameterProblem(detail: string, errors: readonly string[]): ProblemError {
  return new ProblemError({
    status: 400,
    type: "bad-request:parameter-validation-failed",
    title: "Parameter Validation Failed",
    detail,
    errors,
  });
}

const quoted = (claims: readonly string[]) => claims.map((claim) => `'${claim}'`).join(", ");
