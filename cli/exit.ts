/** What the exit code of each command means. */
export const exitCodes = {
  ok: 0,
  /** The command ran, but something it was to do failed: an endpoint, a model, a query. */
  failed: 1,
  /** The command was given something wrong: an option, a file. */
  usage: 2,
  /** It did some of what it was to do: a delivery of which the target took a part. */
  partial: 3,
  interrupted: 130,
} as const;

/** An error that a person can act on; printed without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
