import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { CommandError, exitCodes } from "../exit.ts";

/** Status codes of gRPC, which Pub/Sub answers with. */
const notFound = 5;
const permissionDenied = 7;
const unauthenticated = 16;

/** How one gets the roles of these commands at once. */
const operators = `Whoever deploys gives all of the roles by "operators" in terraform/terraform.tfvars`;

function denied(what: string, role: string, on: string): CommandError {
  return new CommandError(`You may not ${what}. It takes the role ${role} on ${on}. ${operators}.`);
}

function missing(what: string, project: string): CommandError {
  return new CommandError(
    `There is no ${what}. Is Rollcall deployed in the project ${project}? See docs/deploy.md, or: rollcall deploy --project ${project}`,
    exitCodes.usage,
  );
}

function storageProblem(error: PermanentError, project: string): CommandError | undefined {
  const { object, status } = error.details;
  const bucket = /^gs:\/\/[^/]+/.exec(String(object))?.[0];
  if (!bucket) return undefined;
  if (status === 404) return missing(`bucket ${bucket}`, project);
  if (status !== 401 && status !== 403) return undefined;
  const isLanding = bucket.endsWith("-landing");
  return isLanding
    ? denied(`look at the manifests of ${bucket}`, "roles/storage.objectViewer", "its objects under manifests/")
    : denied(`use ${bucket}`, "roles/storage.objectUser", bucket);
}

function bigqueryProblem(error: PermanentError, project: string): CommandError | undefined {
  if (error.details.code !== "accessDenied") return undefined;
  if (/bigquery\.jobs\.create/.test(error.message))
    return denied("run queries", "roles/bigquery.jobUser", `the project ${project}`);
  // "Access Denied: Table project:dataset.table: User does not have permission to query table …"
  const dataset = /(?:Dataset|Table|View|Routine) [\w-]+[:.](\w+)/.exec(error.message)?.[1];
  return dataset
    ? denied(`read the dataset ${dataset}`, "roles/bigquery.dataViewer", `the dataset ${dataset}`)
    : denied("read this", "roles/bigquery.dataViewer", "its dataset");
}

/** The code that a service gave, which our own error carries as its cause. */
function codeOf(error: Error): unknown {
  return error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
}

function pubsubProblem(error: RetryableError, project: string): CommandError | undefined {
  const { topic } = error.details;
  const isDeadLetters = topic === "dead-letter";
  const what = isDeadLetters ? `subscription ${topic}` : `topic ${topic}`;
  switch (codeOf(error)) {
    case notFound:
      return missing(what, project);
    case permissionDenied:
      return isDeadLetters
        ? denied("take dead letters", "roles/pubsub.subscriber", `the ${what}`)
        : denied(`publish to ${topic}`, "roles/pubsub.publisher", `the ${what}`);
    case unauthenticated:
      return new CommandError("Your credentials were refused. Log in again: gcloud auth application-default login");
    default:
      return undefined;
  }
}

/** What a person is told of what Google's services refused: which role is missing, or what is not there. Undefined for any other error. */
export function cloudProblem(error: unknown, project: string): CommandError | undefined {
  if (error instanceof PermanentError) return storageProblem(error, project) ?? bigqueryProblem(error, project);
  if (!(error instanceof RetryableError)) return undefined;
  const known = pubsubProblem(error, project);
  if (known || !(error.cause instanceof Error)) return known;
  return new CommandError(`${error.message}: ${error.cause.message}`);
}
