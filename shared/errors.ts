/** Fields that may travel with an error into a log line. Values are identifiers and numbers, never bodies or secrets. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

abstract class RollcallError extends Error {
  /** Whether the same message, delivered again later, may succeed with nothing else changed. */
  abstract readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.details = details;
  }
}

/** Something outside failed for now: the message is delivered again. */
export class RetryableError extends RollcallError {
  readonly retryable = true;
}

/** Nothing will change by itself: the message is set aside as a dead letter, with this message as its reason. */
export class PermanentError extends RollcallError {
  readonly retryable = false;
}

/** Another writer changed a control object since it was read (HTTP 412). The caller reads again and decides. */
export class ConflictError extends RollcallError {
  readonly retryable = true;
  readonly conflict = true;
}
