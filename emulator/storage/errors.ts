import { errorCode } from "../error-code.ts";
/** An answer of Cloud Storage that is not a success: status, reason and words as the JSON API gives them. */
export class StorageError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageError";
    this.status = status;
    this.reason = reason;
  }

  /** The body of the answer. The clients read `error.code`, `error.message` and `error.errors[].reason`. */
  toJSON(): unknown {
    const { status: code, message, reason } = this;
    return { error: { code, message, errors: [{ message, domain: "global", reason }] } };
  }
}

export const invalid = (message: string) => new StorageError(400, "invalid", message);
export const required = (message: string) => new StorageError(400, "required", message);
export const bucketNotFound = () => new StorageError(404, "notFound", "The specified bucket does not exist.");
export const objectNotFound = (bucket: string, name: string) =>
  new StorageError(404, "notFound", `No such object: ${bucket}/${name}`);
export const conditionNotMet = () =>
  new StorageError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
export const notModified = () => new StorageError(304, "notModified", "Not Modified");
export const notEmulated = (what: string) =>
  new StorageError(501, "notImplemented", `The emulator does not offer ${what}.`);

/** A full disk, real or simulated. The status is one that the clients do not retry, so it surfaces at once. */
export const diskFull = (cause?: unknown) =>
  new StorageError(507, "insufficientStorage", "No space left on the disk that holds the objects.", { cause });

/** The answer for whatever was thrown: our own errors as they are, a full disk as 507, anything else as 500. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(error);
  return new StorageError(500, "backendError", "The emulator failed to handle the request.", { cause: error });
}
