/** What is wrong with a request; the profile gives it the shape of its version. */
export interface Problem {
  readonly status: number;
  /** What follows `urn:ed-fi:api:`. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly string[];
  readonly validationErrors?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What versions before 7.2 say instead of it. */
  readonly before?: string;
  /** Versions before 7.2 answer it without a body: no handler of theirs saw the request. */
  readonly bare?: boolean;
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
  denied("access-denied:resource", [
    `The API client's assigned claim set (currently '${claimSet}') must include one of the following resource claims to provide access to this resource: ${quoted(claims)}.`,
  ]);

/** The claim set has the resource, but not for this action. */
export const actionDenied = (claimSet: string, action: string, claims: readonly string[]): ProblemError =>
  denied("access-denied:action", [
    `The API client's assigned claim set (currently '${claimSet}') must grant permission of the '${action}' action on one of the following resource claims: ${quoted(claims)}.`,
  ]);

/** The client's education organizations lead nowhere near the record. */
export const noRelationship = (claims: readonly number[], name: string, hint: string | undefined): ProblemError =>
  new ProblemError({
    status: 403,
    type: "security:authorization",
    title: "Authorization Denied",
    detail: "Access to the resource could not be authorized.",
    errors: [
      `No relationships have been established between the caller's education organization id claims (${claims.join(", ")}) and the resource item's '${name}' value.${hint === undefined ? "" : ` Hint: You may need to create a corresponding '${hint}' item.`}`,
    ],
  });

/** The record's namespace is not one of the client's. */
export const foreignNamespace = (prefixes: readonly string[]): ProblemError =>
  denied(
    "namespace:access-denied:namespace-mismatch",
    [
      `The existing 'Namespace' value of the resource does not start with any of the caller's associated namespace prefixes (${quoted(prefixes)}).`,
    ],
    `Access to the resource item could not be authorized based on the caller's NamespacePrefix claims: ${quoted(prefixes)}.`,
  );

export const tooManyRequests = (seconds: number): ProblemError =>
  new ProblemError({ ...gatewayProblem(429), headers: { "Retry-After": String(seconds) } });

export const pathNotFound = (path: string): ProblemError =>
  notFound("The specified data could not be found.", {
    errors: [`Path '${path}' does not exist. Check the resource name and try again.`],
    bare: true,
  });

export const itemNotFound = (): ProblemError => notFound("The specified item could not be found.");

export const featureOff = (): ProblemError => notFound("The specified data could not be found.", { bare: true });

export const noInstance = (): ProblemError =>
  notFound("No ODS instance matching the available route values was found.");

export const noSnapshot = (): ProblemError => notFound("Snapshot not found.");

/** A snapshot by a name that no snapshot has any more (5.x and 6.x). */
export const snapshotGone = (): ProblemError =>
  new ProblemError({ status: 410, type: "gone", title: "Gone", detail: "Snapshot not available." });

export const methodNotAllowed = (allow: string, error: string): ProblemError =>
  new ProblemError({
    status: 405,
    type: "method-not-allowed",
    title: "Method Not Allowed",
    detail: "The request construction was invalid.",
    errors: [error],
    headers: { allow },
  });

export const snapshotIsReadOnly = (): ProblemError =>
  new ProblemError({
    status: 405,
    type: "snapshots:method-not-allowed",
    title: "Method Not Allowed with Snapshots",
    detail: "The requested method is not allowed when using snapshots.",
    headers: { allow: "GET" },
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

/** A body that cannot be taken at all. */
export const badBody = (error: string): ProblemError =>
  new ProblemError({
    status: 400,
    type: "bad-request:data",
    title: "Bad Request Data",
    detail: "The request data was constructed incorrectly.",
    errors: [error],
  });

/** Values that the record may not have. */
export const invalidData = (validationErrors: Readonly<Record<string, readonly string[]>>): ProblemError =>
  new ProblemError({
    status: 400,
    type: "bad-request:data-validation-failed",
    title: "Data Validation Failed",
    detail: "Data validation failed. See 'validationErrors' for details.",
    validationErrors,
  });

export const keyChangeNotSupported = (resource: string): ProblemError =>
  new ProblemError({
    status: 400,
    type: "bad-request:key-change-not-supported",
    title: "Key Change Not Supported",
    detail: `Identifying values for the ${resource} resource cannot be changed. Delete and recreate the resource item instead.`,
  });

export const unsupportedMediaType = (): ProblemError =>
  new ProblemError({
    status: 415,
    type: "unsupported-media-type",
    title: "Unsupported Media Type",
    detail: "The Content-Type of the request body is not supported: send application/json.",
  });

export const unresolvedReference = (name: string): ProblemError =>
  conflict(
    "unresolved-reference",
    "Unresolved Reference",
    `The referenced '${name}' item does not exist.`,
    `The value supplied for the related '${name.charAt(0).toLowerCase()}${name.slice(1)}' resource does not exist.`,
  );

export const dependentExists = (name: string): ProblemError =>
  conflict(
    "dependent-item-exists",
    "Dependent Item Exists",
    `The requested action cannot be performed because this item is referenced by existing '${name}' item(s).`,
    `The resource (or a subordinate entity of the resource) cannot be deleted because it is a dependency of the '${name}' entity.`,
  );

export const nonUniqueIdentity = (error: string): ProblemError =>
  conflict(
    "non-unique-identity",
    "Identifying Values Are Not Unique",
    "The identifying value(s) of the item are the same as another item that already exists.",
    undefined,
    [error],
  );

export const optimisticLockFailed = (): ProblemError =>
  new ProblemError({
    status: 412,
    type: "optimistic-lock-failed",
    title: "Optimistic Lock Failed",
    detail: "The item has been modified by another user.",
  });

const gatewayProblems: Readonly<Record<number, Problem>> = {
  429: {
    status: 429,
    type: "too-many-requests",
    title: "Too Many Requests",
    detail: "The number of allowed requests has been exceeded. Retry the request later.",
  },
  503: {
    status: 503,
    type: "service-unavailable",
    title: "Service Unavailable",
    detail: "The service is temporarily unable to handle the request. Retry the request later.",
  },
};

/** What is said of a status that the request did nothing for: too many requests, a service that is down, an error of the server's. */
export const gatewayProblem = (status: number): Problem =>
  gatewayProblems[status] ?? { ...serverError().problem, status };

function conflict(
  type: string,
  title: string,
  detail: string,
  before?: string,
  errors?: readonly string[],
): ProblemError {
  const more = { ...(before !== undefined && { before }), ...(errors && { errors }) };
  return new ProblemError({ status: 409, type: `data-conflict:${type}`, title, detail, ...more });
}

function denied(kind: string, errors: readonly string[], before?: string): ProblemError {
  return new ProblemError({
    ...(before !== undefined && { before }),
    status: 403,
    type: `security:authorization:${kind}`,
    title: "Authorization Denied",
    detail: "Access to the resource could not be authorized.",
    errors,
  });
}

function notFound(detail: string, more: Pick<Problem, "errors" | "bare"> = {}): ProblemError {
  return new ProblemError({ status: 404, type: "not-found", title: "Not Found", detail, ...more });
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
