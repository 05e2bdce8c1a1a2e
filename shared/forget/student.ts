import type { Connector } from "../config/connector.ts";
import { firstTextAt, parseKeepingNumbers } from "../connector/json-value.ts";
import { PermanentError } from "../errors.ts";
import type { QueryOptions } from "../ports/warehouse.ts";

/** A student as a source numbers them. */
export interface Student {
  readonly source: string;
  readonly connector: Connector;
  /** As the API writes it: in Ed-Fi the studentUniqueId, in Canvas the id of the user. */
  readonly number: string;
}

/** A condition of GoogleSQL on a raw or current row, with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly params: NonNullable<QueryOptions["params"]>;
}

/** The number as it stands in JSON, for a regular expression of RE2 and of JavaScript alike. */
function numberPattern(number: string): string {
  return JSON.stringify(number)
    .slice(1, -1)
    .replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** A member of one of these names whose value is the number; as natural keys do, it minds neither capitals nor spaces around it. */
function memberPattern(members: readonly string[], number: string): string {
  return `"(?:${members.join("|")})"\\s*:\\s*"?\\s*${numberPattern(number)}\\s*"?\\s*[,}\\]]`;
}

function sameNumber(one: string | undefined, other: string): boolean {
  return one?.trim().toLowerCase() === other.trim().toLowerCase();
}

/** @throws PermanentError where the connector does not say how its records name a student */
export function assertNamesStudents(connector: Connector): void {
  const isNamed = connector.student.length > 0 || Object.values(connector.endpoints).some(({ student }) => student);
  if (isNamed) return;
  throw new PermanentError(
    `connectors/${connector.connector}.yaml does not say how records name a student. List the members under "student"`,
    { connector: connector.connector },
  );
}

/** The condition that a row of an endpoint is about the student. */
export function rowsAbout({ source, connector, number }: Student, endpoint: string): Condition {
  const own = connector.endpoints[endpoint]?.student;
  const tests = [
    ...(connector.student.length > 0 ? ["regexp_contains(to_json_string(data), @mention)"] : []),
    ...(own === undefined ? [] : [`lower(trim(json_value(data, '${own}'))) = lower(trim(@number))`]),
  ];
  return {
    sql: `source_id = @source_id and (${tests.length > 0 ? tests.join(" or ") : "false"})`,
    params: {
      source_id: source,
      ...(connector.student.length > 0 ? { mention: `(?i)${memberPattern(connector.student, number)}` } : {}),
      ...(own === undefined ? {} : { number }),
    },
  };
}

/** Tells the lines of a part that are about the student. */
export function lineTest({ connector, number }: Student, endpoint: string): (line: string) => boolean {
  const own = connector.endpoints[endpoint]?.student;
  const mention = connector.student.length > 0 ? new RegExp(memberPattern(connector.student, number), "i") : undefined;
  return (line) => {
    if (mention?.test(line)) return true;
    if (own === undefined) return false;
    return sameNumber(firstTextAt(parseKeepingNumbers(line), [`$.data${own.slice(1)}`]), number);
  };
}

/** A pattern for rows of tables that people query: some text in them is the number. */
export function textPattern(number: string): string {
  return `(?i)"\\s*${numberPattern(number)}\\s*"`;
}

/** A pattern for texts in which the number stands by itself: a message, the key of a record. */
export function wordPattern(number: string): string {
  return `(?i)(?:^|[^0-9A-Za-z])${numberPattern(number)}(?:$|[^0-9A-Za-z])`;
}
