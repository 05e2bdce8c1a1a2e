import { status } from "@grpc/grpc-js";
import { errorCode } from "../error-code.ts";

/** An answer of Pub/Sub that is not a success. The gRPC library sends `code` and `details` to the caller. */
export class PubSubError extends Error {
  readonly code: status;
  readonly details: string;

  constructor(code: status, details: string, options?: ErrorOptions) {
    super(details, options);
    this.name = "PubSubError";
    this.code = code;
    this.details = details;
  }
}

export const invalid = (details: string) => new PubSubError(status.INVALID_ARGUMENT, details);
export const notFound = (name: string) =>
  new PubSubError(status.NOT_FOUND, `Resource not found (resource=${idOf(name)}).`);
export const alreadyExists = (name: string) =>
  new PubSubError(status.ALREADY_EXISTS, `Resource already exists in the project (resource=${idOf(name)}).`);
export const notEmulated = (what: string) =>
  new PubSubError(status.UNIMPLEMENTED, `The emulator does not offer ${what}.`);

/** The answer for whatever was thrown: our own errors as they are, a full disk as FAILED_PRECONDITION, which the clients do not retry. */
export function toPubSubError(error: unknown): PubSubError {
  if (error instanceof PubSubError) return error;
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new PubSubError(status.FAILED_PRECONDITION, "No space left on the disk that holds the messages.", {
      cause: error,
    });
  }
  return new PubSubError(status.INTERNAL, "The emulator failed to handle the request.", { cause: error });
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
