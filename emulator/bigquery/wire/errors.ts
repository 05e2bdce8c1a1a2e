/** The error of one row, file or statement, as it stands in `errors[]` and in a job's `status`. */
export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

const statusNames: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  412: "FAILED_PRECONDITION",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
};

/** An error that BigQuery would answer with: HTTP code, reason and words are part of the protocol. */
export class BigQueryError extends Error {
  readonly code: number;
  readonly reason: string;
  /** What is at fault: `query` for SQL, the address of a file for a load. */
  readonly location: string | undefined;
  /** What led to the error; the first is the reason the clients show. */
  readonly causes: readonly ErrorProto[];

  constructor(
    code: number,
    reason: string,
    message: string,
    options: { location?: string | undefined; causes?: readonly ErrorProto[] } & ErrorOptions = {},
  ) {
    super(message, options);
    this.name = "BigQueryError";
    this.code = code;
    this.reason = reason;
    this.location = options.location;
    this.causes = options.causes ?? [];
  }

  /** The error as `status.errorResult` of a job. */
  toProto(): ErrorProto {
    const { reason, message, location } = this;
    return location === undefined ? { reason, message } : { reason, location, message };
  }

  /** All errors, this one first, as `status.errors` of a job. */
  toProtos(): ErrorProto[] {
    return [this.toProto(), ...this.causes];
  }

  /** The body of an HTTP answer. */
  toBody(): unknown {
    const { code, message } = this;
    const errors = this.toProtos().map((proto) => ({
      message: proto.message,
      domain: "global",
      reason: proto.reason,
      ...(proto.location === undefined ? {} : { location: proto.location, locationType: "other" }),
    }));
    return { error: { code, message, errors, status: statusNames[code] ?? "UNKNOWN" } };
  }
}

export const invalid = (message: string, location?: string) => new BigQueryError(400, "invalid", message, { location });
export const required = (name: string) => new BigQueryError(400, "required", `Required parameter is missing: ${name}`);
export const invalidQuery = (message: string) => new BigQueryError(400, "invalidQuery", message, { location: "query" });
export const notSupported = (construct: string) => invalidQuery(`Not supported by the local emulator: ${construct}`);
export const notFound = (what: string) => new BigQueryError(404, "notFound", `Not found: ${what}`);
export const duplicate = (what: string) => new BigQueryError(409, "duplicate", `Already Exists: ${what}`);
export const accessDenied = (what: string) => new BigQueryError(403, "accessDenied", `Access Denied: ${what}`);
export const conditionNotMet = () => new BigQueryError(412, "conditionNotMet", "Precondition check failed.");
export const notImplemented = (what: string) =>
  new BigQueryError(501, "notImplemented", `Not supported by the local emulator: ${what}`);
export const stopped = () =>
  new BigQueryError(400, "stopped", "Job execution was cancelled: User requested cancellation");

/** The HTTP code that BigQuery answers with when the result of a failed job is asked for. */
export function codeOfReason(reason: string): number {
  switch (reason) {
    case "accessDenied":
      return 403;
    case "notFound":
      return 404;
    case "duplicate":
      return 409;
    case "backendError":
    case "internalError":
      return 500;
    case "notImplemented":
      return 501;
    default:
      return 400;
  }
}
