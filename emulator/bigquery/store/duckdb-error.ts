import { isNativeError } from "node:util/types";
import { duckdbMessage } from "../../googlesql/errors.ts";
import { BigQueryError, invalidQuery, stopped } from "../wire/errors.ts";

/** The kinds of DuckDB errors that say something is wrong with this machine or with DuckDB, not with the request. */
const internalKinds = new Set(["IO", "INTERNAL", "FATAL", "Serialization", "TransactionContext", "Connection"]);

export interface DuckDbFailure {
  /** `Binder`, `Catalog`, `Conversion`, … */
  readonly kind: string;
  /** The first line, without the kind. */
  readonly message: string;
}

/** Takes the message of a DuckDB error apart. @returns undefined when it is not one */
export function readDuckDbError(error: unknown): DuckDbFailure | undefined {
  if (!isNativeError(error)) return undefined;
  const match = /^(?<kind>[A-Z][A-Za-z ]*?) Error: (?<message>.*)/.exec(error.message);
  if (match?.groups === undefined) return undefined;
  const raised = duckdbMessage(error.message);
  const message = raised === error.message ? (match.groups.message ?? "") : raised;
  return { kind: match.groups.kind ?? "", message };
}

/**
 * Says what failed in BigQuery's words, as far as DuckDB's words tell. What is about SQL and tables is refined where the
 * SQL is known (statement-error.ts).
 */
export function describeFailure(error: unknown): BigQueryError {
  if (error instanceof BigQueryError) return error;
  const failure = readDuckDbError(error);
  if (failure === undefined) {
    return new BigQueryError(500, "internalError", "The local emulator failed to run the job.", { cause: error });
  }
  const { kind, message } = failure;
  if (kind === "INTERRUPT") return stopped();
  if (kind === "Out of Memory") {
    return new BigQueryError(400, "resourcesExceeded", `Resources exceeded during query execution: ${message}`, {
      cause: error,
    });
  }
  if (internalKinds.has(kind))
    return new BigQueryError(500, "backendError", `${kind} Error: ${message}`, { cause: error });
  const refused = invalidQuery(message);
  refused.cause = error;
  return refused;
}
