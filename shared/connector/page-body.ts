import type { Connector, ErrorRule, RecordsPlace } from "../config/connector.ts";
import { PermanentError } from "../errors.ts";
import { errorOf } from "./error-rules.ts";
import type { HttpAnswer } from "./http.ts";
import { parseKeepingNumbers } from "./json-value.ts";
import { type CutPage, MalformedPage, NoList, splitRecords } from "./records.ts";

/** A row of the warehouse takes 100 MB, and holds a few fields besides the record. */
const recordBytesMaxDefault = 90 * 1024 * 1024;

/** Loaded, a record that is too large would fail with all that is loaded with it, each time anew. */
function refuseTooLarge(records: readonly Buffer[], bytesMax: number, endpoint: string): void {
  const bytes = records.reduce((most, { length }) => Math.max(most, length), 0);
  if (bytes <= bytesMax) return;
  throw new PermanentError(
    `A record of ${endpoint} is larger than the warehouse takes. Ask the host what it is, or exclude the endpoint in the sources file.`,
    { bytes },
  );
}

/** Where an endpoint has its records: what it says itself, else its connector. */
export function recordsPlace(connector: Connector, endpoint: string): RecordsPlace {
  const { records } = connector;
  const own = connector.endpoints[endpoint]?.records;
  return {
    at: own?.at ?? records.at,
    id: own?.id === null ? undefined : (own?.id ?? records.id),
    one: own?.one ?? records.one,
    may_be_absent: own?.may_be_absent ?? records.may_be_absent,
  };
}

/** What an answer says besides its records. */
function besideRecords(answer: HttpAnswer, page: CutPage): HttpAnswer {
  return { ...answer, body: Buffer.from(page.envelope()) };
}

/**
 * Cuts the body of a good answer into its records. One without the list of records is an error that the API tells in a body with status
 * 200 (protocols §17), or, where the connector says so, an empty page. One with the list may hold an error too (GraphQL, protocols §13.6).
 * @throws MalformedPage when it is none of these, what the connector's rules make of an error, PermanentError for a record that is too large
 */
export function cutBody(
  answer: HttpAnswer,
  place: RecordsPlace,
  rules: readonly ErrorRule[],
  endpoint: string,
  recordBytesMax = recordBytesMaxDefault,
): CutPage {
  try {
    const page = splitRecords(answer.body, place.at, place.one);
    const beside = rules.filter((rule) => rule.beside_records);
    const told = beside.length === 0 ? undefined : errorOf(besideRecords(answer, page), beside, endpoint);
    if (told) throw told;
    refuseTooLarge(page.records, recordBytesMax, endpoint);
    return page;
  } catch (error) {
    if (!(error instanceof NoList)) throw error;
    const text = answer.body.toString("utf8");
    if (!isWhole(text)) throw new MalformedPage("the body is not JSON");
    const told = errorOf(answer, rules, endpoint);
    if (told) throw told;
    if (place.may_be_absent) return { records: [], nulls: 0, envelope: () => text };
    throw error;
  }
}

function isWhole(text: string): boolean {
  try {
    parseKeepingNumbers(text);
    return true;
  } catch {
    return false;
  }
}
