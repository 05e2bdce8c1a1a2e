import { randomBytes, randomUUID } from "node:crypto";
import { jsonReply, type Reply, textReply } from "../http/reply.ts";
import type { Problem } from "./problems.ts";

/** Errors before ODS/API 7.2: one message, the names of bad parameters, or nothing but the status. */
export function messageReply({ status, detail, errors, validationErrors, before, bare, headers }: Problem): Reply {
  if (status === 401) {
    const body = errors?.[0] === "Invalid token" ? { message: "Invalid token" } : undefined;
    const asked = { "www-authenticate": "Bearer" };
    return body === undefined ? { status, headers: asked, body: "" } : jsonReply(status, body, asked);
  }
  if (bare === true) {
    return { status, headers: { ...headers }, body: "" };
  }
  const body =
    validationErrors === undefined
      ? { message: before ?? errors?.[0] ?? detail }
      : { message: "The request is invalid.", modelState: validationErrors };
  return jsonReply(status, body, headers);
}

/** Problem details as ODS/API 7.2 and later write them; lists of errors only where there are some. */
export function problemReply(problem: Problem): Reply {
  const { errors, validationErrors } = problem;
  return written(problem, randomUUID(), {
    ...(validationErrors === undefined ? {} : { validationErrors }),
    ...(errors === undefined ? {} : { errors }),
  });
}

/** Problem details as the Data Management Service writes them: both lists are always there. */
export function fullProblemReply(problem: Problem): Reply {
  const id = `0HN${randomBytes(5).toString("hex").toUpperCase()}:00000001`;
  return written(problem, id, { validationErrors: problem.validationErrors ?? {}, errors: problem.errors ?? [] });
}

function written({ status, type, title, detail, headers }: Problem, correlationId: string, lists: object): Reply {
  const body = { detail, type: `urn:ed-fi:api:${type}`, title, status, correlationId, ...lists };
  return textReply(status, JSON.stringify(body), headers ?? {}, "application/problem+json");
}
