import { randomBytes } from "node:crypto";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import type { JsonValue } from "../json/lossless.ts";
import { roster } from "./export.ts";
import { bid } from "./names.ts";
import type { Result } from "./results.ts";
import { instantOf } from "./zone.ts";

/** What the partner API works on. */
export interface PartnerParts {
  readonly key: string;
  readonly secret: string;
  readonly tokenSeconds: number;
  readonly pageSize: number;
  /** Of the district: its export tells times by these clocks, this API in UTC. */
  readonly timeZone: string;
  /** Gives the token of the same page again and again, as a server with a fault does. */
  readonly repeatsToken: boolean;
  results(): readonly Result[];
  /** When a result was changed last, where it was. */
  modifiedAt(id: string): string | undefined;
  now(): number;
}

/** The partner API, with the tokens that it gave out. */
export interface Partner {
  answer(request: Request): Reply;
  expireTokens(): void;
}

/** An error as the gateway in front of the API has it. */
export function gatewayFault(status: number): Reply {
  const faults: Readonly<Record<number, readonly [string, string]>> = {
    401: ["Invalid Access Token", "keymanagement.service.invalid_access_token"],
    403: ["Access denied for this district", "steps.raisefault.RaiseFault"],
    404: ["Not Found", "messaging.adaptors.http.flow.ApplicationNotFound"],
    429: ["Spike arrest violation", "policies.ratelimit.SpikeArrestViolation"],
    504: ["Gateway Timeout", "messaging.adaptors.http.flow.GatewayTimeout"],
  };
  const [faultstring, errorcode] = faults[status] ?? [
    "Internal Server Error",
    "steps.javascript.ScriptExecutionFailed",
  ];
  return jsonReply(status, { fault: { faultstring, detail: { errorcode } } });
}

const districtOf = (result: Result): string => bid("district", result.District_StateID ?? "");
const schoolOf = (result: Result): string => bid("school", result.School_StateID ?? "");
const termOf = (result: Result): string => bid("term", result.TermName ?? "");
const studentOf = (result: Result): string => bid("student", result.StudentID ?? "");

/** Values that are empty in the export are no members here at all. */
function present(members: Readonly<Record<string, JsonValue | undefined>>): Record<string, JsonValue> {
  const entries = Object.entries(members).flatMap(([name, value]): [string, JsonValue][] =>
    value === undefined || value === "" || (Array.isArray(value) && value.length === 0) ? [] : [[name, value]],
  );
  return Object.fromEntries(entries);
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined || text === "" || Number.isNaN(Number(text)) ? undefined : Number(text);

function startOf({ TestStartDate = "", TestStartTime = "" }: Result, timeZone: string): string | undefined {
  const day = TestStartDate.replace(/^(\d+)\/(\d+)\/(\d+)$/, "$3-$1-$2");
  return instantOf(`${day}T${TestStartTime || "00:00:00"}`, timeZone);
}

/** The key of the test that all take who take it: not that of one result. */
const testKeyOf = ({ TestName = "" }: Result): string =>
  `MAP2-${(Number.parseInt(bid("test", TestName).slice(0, 4), 16) % 9000) + 1000}`;

function areasOf(result: Result): JsonValue[] {
  return [1, 2, 3, 4, 5, 6, 7, 8].flatMap((number) => {
    const name = result[`Goal${number}Name`] ?? "";
    if (name === "") {
      return [];
    }
    const [low, high] = (result[`Goal${number}Range`] ?? "").split("-").map(numberOf);
    const members = {
      bid: bid("area", result.TestName ?? "", name),
      name,
      score: numberOf(result[`Goal${number}RitScore`]),
      stdErr: numberOf(result[`Goal${number}StdErr`]),
      low,
      high,
    };
    return [present(members)];
  });
}

/** Lexile or Quantile, where the result has one. */
function reader(name: string, score: string | undefined, range: Readonly<Record<string, string | undefined>>) {
  return score === undefined || score === "" ? {} : { [name]: present({ score, ...range }) };
}

function testResult(result: Result, modifiedAt: string | undefined, timeZone: string): Record<string, JsonValue> {
  const start = startOf(result, timeZone);
  const rit = numberOf(result.TestRITScore);
  const error = numberOf(result.TestStandardError);
  const percentile = numberOf(result.TestPercentile);
  return present({
    testResultBid: result.id,
    studentBid: studentOf(result),
    schoolBid: schoolOf(result),
    termBid: termOf(result),
    subjectArea: result.Subject,
    testName: result.TestName,
    testKey: testKeyOf(result),
    testType: result.TestType,
    growthEventYn: result.GrowthMeasureYN === "TRUE",
    status: "Complete",
    duration: numberOf(result.TestDurationMinutes),
    rit,
    standardError: error,
    ritScoreHigh: rit === undefined || error === undefined ? undefined : Math.round(rit + error),
    ritScoreLow: rit === undefined || error === undefined ? undefined : Math.round(rit - error),
    responseDisengagedPercentage: numberOf(result.RapidGuessingPercentage),
    administrationStartDateTime: start,
    modifiedDateTime: modifiedAt ?? start,
    ...reader("lexile", result.LexileScore, { min: result.LexileMin, max: result.LexileMax }),
    ...reader("quantile", result.QuantileScore, { minimum: result.QuantileMin, maximum: result.QuantileMax }),
    instructionalAreas: areasOf(result),
    norms:
      percentile === undefined ? [] : [{ percentile, reference: result.NormsReferenceData ?? "", type: "ACHIEVEMENT" }],
  });
}

function distinct(items: readonly Record<string, JsonValue>[]): JsonValue[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

const schoolsOf = (results: readonly Result[]): JsonValue[] =>
  distinct(
    results.map((result) => ({
      schoolBid: schoolOf(result),
      name: result.SchoolName ?? "",
      stateCode: result.School_StateID ?? "",
      districtBid: districtOf(result),
    })),
  );

const studentsOf = (results: readonly Result[]): JsonValue[] =>
  distinct(
    roster(results).map((result) =>
      present({
        studentBid: studentOf(result),
        studentId: result.StudentID,
        stateId: result.Student_StateID,
        schoolBid: schoolOf(result),
        firstName: result.StudentFirstName,
        lastName: result.StudentLastName,
        grade: result.Grade,
      }),
    ),
  );

const termsOf = (results: readonly Result[]): JsonValue[] =>
  distinct(
    results.map((result) => ({
      termBid: termOf(result),
      name: result.TermName ?? "",
      academicYear: (result.TermName ?? "").replace(/^\D+/, ""),
    })),
  );

/** The results of one school in pages whose size is the server's, each with the token of the next. */
function growth(parts: PartnerParts, request: Request): Reply {
  const school = request.query.get("school-bid");
  const found = parts.results().filter((result) => schoolOf(result) === school);
  const token = request.query.get("next-page");
  const offset =
    token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString("utf8").slice("offset:".length));
  if (found.length === 0 || !Number.isInteger(offset)) {
    return gatewayFault(404);
  }
  const page = found.slice(offset, offset + parts.pageSize);
  const hasNextPage = parts.repeatsToken || offset + parts.pageSize < found.length;
  const next = Buffer.from(`offset:${parts.repeatsToken ? offset : offset + parts.pageSize}`).toString("base64url");
  return jsonReply(200, {
    testResults: page.map((result) => testResult(result, parts.modifiedAt(result.id ?? ""), parts.timeZone)),
    pagination: hasNextPage ? { hasNextPage, nextPage: next } : { hasNextPage },
  });
}

/** Starts the partner API's rules: tokens by headers, business ids, absent keys, pages by token. */
export function partner(parts: PartnerParts): Partner {
  const expiries = new Map<string, number>();
  const issue = (request: Request): Reply => {
    const basic = Buffer.from(`${parts.key}:${parts.secret}`).toString("base64");
    const { authorization, apikey, grant_type: grant } = request.headers;
    if (authorization !== `Basic ${basic}` || apikey !== parts.key || grant !== "client_credentials") {
      return jsonReply(401, { ErrorCode: "invalid_client", Error: "ClientId is Invalid" });
    }
    const token = randomBytes(24).toString("base64url");
    expiries.set(token, parts.now() + parts.tokenSeconds * 1000);
    return jsonReply(200, {
      access_token: token,
      expires_in: String(parts.tokenSeconds - 1),
      token_type: "BearerToken",
      issued_at: String(parts.now()),
      status: "approved",
      client_id: parts.key,
    });
  };
  const isKnown = ({ headers }: Request): boolean => {
    const token = /^bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    return headers.apikey === parts.key && (expiries.get(token) ?? 0) > parts.now();
  };
  const ofSchool = (school: string | undefined) => parts.results().filter((result) => schoolOf(result) === school);
  const ofDistrict = (district: string): readonly Result[] | undefined => {
    const found = parts.results().filter((result) => districtOf(result) === district);
    return found.length === 0 ? undefined : found;
  };
  const listed = (items: JsonValue[]): Reply => (items.length === 0 ? gatewayFault(404) : jsonReply(200, items));
  const get = (request: Request): Reply => {
    const [, service, , first, name = "", last] = request.path.split("/");
    const results = parts.results();
    const districtParts = service === "organizations" && first === "districts" && name !== "";
    if (districtParts) {
      const found = ofDistrict(name);
      if (found === undefined) {
        return gatewayFault(403);
      }
      return last === "schools" || last === "students"
        ? jsonReply(200, last === "schools" ? schoolsOf(found) : studentsOf(found))
        : gatewayFault(404);
    }
    switch (`${service}/${first}`) {
      case "organizations/districts":
        return listed(
          distinct(results.map((result) => ({ districtBid: districtOf(result), name: result.DistrictName ?? "" }))),
        );
      case "organizations/schools":
        return listed(schoolsOf(results));
      case "students/schools":
        return listed(studentsOf(ofSchool(name)));
      case "enrollments/academic-years":
        return listed(termsOf(ofSchool(request.query.get("school-bid"))));
      case "test-results/growth":
        return growth(parts, request);
      default:
        return gatewayFault(404);
    }
  };
  const answer = (request: Request): Reply => {
    if (request.method === "POST" && request.path === "/auth/v1/token") {
      return issue(request);
    }
    return isKnown(request) ? get(request) : gatewayFault(401);
  };
  return { answer, expireTokens: () => expiries.clear() };
}
