import { expect, test } from "@jest/globals";
import type { HttpAnswer } from "../../shared/connector/http.ts";
import { verdictOf } from "../../shared/deliver/verdict.ts";

// Texts and types as ODS/API 3 to 7.3 and the Data Management Service write them; the older, the less there is but a sentence.

const answer = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: new Headers(),
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});
const message = (text: string) => ({ message: text });
const problem = (type: string, ...errors: string[]) => ({
  detail: "Access to the resource could not be authorized.",
  type: `urn:ed-fi:api:${type}`,
  errors,
});
const judged = (status: number, body: unknown, resource = "/ed-fi/studentAssessments") =>
  verdictOf(answer(status, body), { resource, op: "upsert" }, new Date());

test.each([
  [
    message(
      "Authorization denied.  The claim does not have any established relationships with the requested resource.",
    ),
  ],
  [
    message(
      "Authorization denied. The education organization claim (LocalEducationAgencyId) does not have the necessary relationship (with StudentUniqueId) required to access the requested resource.",
    ),
  ],
  [
    message(
      "Authorization denied. Either referenced 'Student' was not found or no relationships have been established between the caller's education organization id claims (255901) and the referenced 'Student'.",
    ),
  ],
  [
    problem(
      "security:authorization",
      "No relationships have been established between the caller's education organization id claims (255901) and the resource item's 'StudentUniqueId' value. Hint: You may need to create a corresponding 'StudentSchoolAssociation' item.",
    ),
  ],
  [
    problem(
      "security:authorization:",
      "No relationships have been established between the caller's education organization id claims ('255901') and the resource item's StudentUniqueId value.",
    ),
  ],
])("P12 one student without a relationship is one student, in the words of each version: %j", (body) => {
  expect(judged(403, body)).toMatchObject({ kind: "failed", status: "not_enrolled", about: "record" });
});

test.each([
  [
    message(
      "Access to the resource could not be authorized. The API client's assigned claim set (currently 'X') must include one of the following resource claims to provide access to this resource: 'studentAssessments'.",
    ),
  ],
  [message("Access to the resource could not be authorized for the requested action 'Create'.")],
  [problem("security:authorization:access-denied:resource", "The API client's assigned claim set (currently 'X') …")],
  [problem("security:authorization:access-denied:action")],
  [problem("security:data-policy:incorrect-usage")],
])("P13 a claim set that lacks the resource is about all of it: %j", (body) => {
  expect(judged(403, body)).toMatchObject({ kind: "failed", status: "forbidden", about: "resource" });
});

test.each([
  [
    message(
      "Access to the resource item could not be authorized based on the caller's NamespacePrefix claims: 'uri://x'.",
    ),
  ],
  [problem("security:authorization:namespace:access-denied:namespace-mismatch")],
])("P14 a namespace that is not ours is about all of the resource: %j", (body) => {
  expect(judged(403, body)).toMatchObject({ status: "forbidden", about: "resource" });
});

test.each([
  [problem("security:authorization:ownership:access-denied:ownership-mismatch")],
  [message("Access to the resource item could not be authorized using any of the caller's ownership tokens.")],
])("P13 a record that another client owns is about that record: %j", (body) => {
  expect(judged(403, body)).toMatchObject({ status: "forbidden", about: "record" });
});

test.each([
  [409, message("The value supplied for the related 'student' resource does not exist.")],
  [409, message("The value supplied for a related resource does not exist.")],
  [400, message("Validation of 'StudentAssessment' failed. \n\tStudent reference could not be resolved.\n")],
  [409, problem("data-conflict:unresolved-reference", "The referenced 'Student' item does not exist.")],
])("P8 a reference that is not there is waited for, with status %i: %j", (status, body) => {
  expect(judged(status, body)).toMatchObject({ status: "unresolved", about: "record" });
});

test.each([
  [200, "<html>We are back soon.</html>"],
  [201, "OK"],
])("P5 a good status %i with a page of a gateway does not say that the record is there: %s", (status, body) => {
  expect(judged(status, body)).toMatchObject({ kind: "again" });
});

test("P5 a status that nobody sends for a write leaves it open whether the record is there, and is no verdict about the record", () => {
  expect(judged(202, "")).toMatchObject({ status: "failed" });
  for (const status of [301, 302, 307, 402, 407, 418, 451])
    expect(judged(status, "<html/>")).toMatchObject({ status: "forbidden", about: "unclear" });
});

test("P40 a 403 that says nothing is taken for one record's, until there are several in a row", () => {
  expect(judged(403, "<html>Blocked.</html>")).toMatchObject({ status: "forbidden", about: "unclear" });
  expect(judged(403, "")).toMatchObject({ status: "forbidden", about: "unclear" });
});
