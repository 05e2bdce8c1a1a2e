import { raisedMark } from "../errors.ts";

/**
 * SQL that fails with a message when it is evaluated, in the place of a value of a type. DuckDB's error() would do, but
 * it is volatile, and TRY(), by which SAFE. is written, refuses volatile functions.
 *
 * @param message SQL of type VARCHAR
 */
export function raise(message: string, type = "BIGINT"): string {
  const failing = `CAST('${raisedMark}' || ${message} AS BIGINT)`;
  return type === "BIGINT" ? failing : `CAST(${failing} AS ${type})`;
}

/** The same, of a fixed message. */
export function raiseText(message: string, type = "BIGINT"): string {
  const failing = `CAST('${raisedMark}${message}' AS BIGINT)`;
  return type === "BIGINT" ? failing : `CAST(${failing} AS ${type})`;
}

/**
 * A body over an argument that it names many times. DuckDB puts the argument in the place of each, and binds it there
 * again, so that a long argument in a long body takes milliseconds to plan; in a lambda it is bound once.
 *
 * @param body SQL over v, the value of the argument
 */
export function once(parameter: string, body: string): string {
  return `list_transform([${parameter}], lambda v: ${body})[1]`;
}
