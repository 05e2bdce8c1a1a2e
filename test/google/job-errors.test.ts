import { expect, test } from "@jest/globals";
import { jobError, problemOf, withoutValues } from "../../shared/google/job-errors.ts";

/** What BigQuery says of a value it cannot take, in its own words, with a name for the value. */
const quoting: [string, string][] = [
  ["Bad int64 value: Quintanilla", "Bad int64 value: …"],
  ["Bad double value: Maria Quintanilla at [3:5]", "Bad double value: … at [3:5]"],
  ["Invalid date: 'Quintanilla'", "Invalid date: …"],
  ['Invalid datetime string "Quintanilla"', 'Invalid datetime string "…"'],
  ["Invalid NUMERIC value: Quintanilla", "Invalid NUMERIC value: …"],
  ['Could not cast literal "Quintanilla" to type DATE at [1:8]', 'Could not cast literal "…" to type DATE at [1:8]'],
  ['Failed to parse input string "Quintanilla"', 'Failed to parse input string "…"'],
  [
    "Error while reading data, error message: JSON parsing error in row starting at position 0: Could not convert value to integer. Field: school_year; Value: Quintanilla, Maria File: gs://landing/part-0.ndjson.gz",
    "Error while reading data, error message: JSON parsing error in row starting at position 0: Could not convert value to integer. Field: school_year; Value: … File: gs://landing/part-0.ndjson.gz",
  ],
  [
    "Could not parse 'Quintanilla' as DATE for field birth_date (position 3) starting at location 0",
    "Could not parse '…' as DATE for field birth_date (position 3) starting at location 0",
  ],
  [
    "syntax error while parsing value - invalid literal; last read: 'Quintanilla'",
    "syntax error while parsing value - invalid literal; last read: '…'",
  ],
  [
    "JSON parsing error in row starting at position 7: No such field: quintanilla.maria.",
    "JSON parsing error in row starting at position 7: No such field: ….",
  ],
  ["Cannot parse regular expression: missing ]: [Quintanilla", "Cannot parse regular expression: …"],
];

test.each(quoting)("%s", (said, kept) => {
  expect(withoutValues(said)).toBe(kept);
  expect(withoutValues(said)).not.toMatch(/quintanilla|maria/i);
});

/** What has no value in it is what a person needs. */
test.each([
  "Not found: Table rollcall-local:staging.stg_edfi__students was not found in location US",
  "Provided Schema does not match Table p:raw_edfi.students. Field school_year has changed type from STRING to INTEGER",
  "Required field run_started_at cannot be null",
  "Cannot replace a table with a different partitioning spec. Instead, DROP the table, and then recreate it.",
  "Access Denied: BigQuery: The source's owner doesn't let you",
  "Unrecognized name: `nobody`; Did you mean `nobodies`? at [4:12]",
])("%s (is kept)", (said) => {
  expect(withoutValues(said)).toBe(said);
});

test("an error of a job says what it was for, without values, and whether it passes by itself", () => {
  const error = jobError(
    { reason: "invalidQuery", message: 'Bad bool value: "Quintanilla"' },
    "A query failed",
    "job_1",
  );
  expect(error).toMatchObject({ message: "A query failed: Bad bool value: … (invalidQuery)", retryable: false });
  expect(jobError({ reason: "backendError", message: "" }, "A query failed", "job_1").retryable).toBe(true);
});

test.each([
  ["resourcesExceeded", "Too many DML statements outstanding against table p:ops.runs, limit is 20."],
  ["invalidQuery", "Could not serialize access to table p:ops.runs due to concurrent update"],
])("a table that others change at the moment (%s) is waited for", (reason, message) => {
  expect(jobError({ reason, message }, "A query failed", "job_1").retryable).toBe(true);
});

test("a page that something on the way answers with is not repeated", () => {
  const page = "<html><title>Quintanilla</title></html>";
  const message = `Multiple errors occurred during the request. Please see the errors array.\n\n  1. Bad Request\n  2. ${page}\n`;
  expect(problemOf({ code: 400, errors: [], message })).toEqual({
    reason: "invalid",
    message: "an answer 400 that is not BigQuery's",
    status: 400,
  });
  expect(problemOf({ code: "ECONNRESET", message: "socket hang up" })).toMatchObject({ message: "socket hang up" });
});
