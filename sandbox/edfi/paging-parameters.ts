import type { Window } from "../store/query.ts";
import type { OrdinalRange } from "./page-token.ts";
import { badParameter, badTrackedParameters, type ProblemError, unreadableParameter } from "./problems.ts";
import type { PagingRules } from "./profile.ts";

type Query = ReadonlyMap<string, string>;

/** What part of a collection a request asks for. */
export type Paging =
  | { readonly kind: "offset"; readonly offset: number; readonly limit: number; readonly totalCount: boolean }
  | { readonly kind: "cursor"; readonly range: OrdinalRange; readonly pageSize: number };

/** Query parameters that say how to page and what window; all others are filters. */
export const pagingNames: ReadonlySet<string> = new Set([
  "offset",
  "limit",
  "totalcount",
  "pagetoken",
  "pagesize",
  "minchangeversion",
  "maxchangeversion",
  "number",
]);

/**
 * Reads the paging of a collection request by the rules and in the words of ODS/API 7.3.2 (its QueryParametersValidator), with what a
 * version without page tokens says of limits. Throws the problem that the client is to be answered with.
 */
export function readPaging(query: Query, maxPageSize: number, rules: PagingRules): Paging {
  const { cursor } = rules;
  if (cursor === undefined) {
    // Such a version does not know the parameters of page tokens, and overlooks them like any other it does not know.
    const limits = { offset: readInteger(query, "offset"), limit: readInteger(query, "limit") };
    const totalCount = readFlag(query, "totalcount");
    return { kind: "offset", ...plainPaging(limits, maxPageSize, rules), totalCount };
  }
  const token = query.get("pagetoken");
  const offset = readInteger(query, "offset");
  const limit = readInteger(query, "limit");
  const pageSize = readInteger(query, "pagesize");
  const totalCount = readFlag(query, "totalcount");
  return token === undefined || token === ""
    ? { kind: "offset", ...offsetPaging({ offset, limit }, pageSize, maxPageSize, rules), totalCount }
    : cursorPaging(cursor.decode(token), { offset, limit, pageSize, totalCount, maxPageSize });
}

interface Limits {
  readonly offset: number | undefined;
  readonly limit: number | undefined;
}

function offsetPaging(
  { offset, limit }: Limits,
  pageSize: number | undefined,
  maxPageSize: number,
  rules: PagingRules,
): { offset: number; limit: number } {
  if (pageSize !== undefined && limit === undefined) {
    throw badParameter(
      offset === undefined
        ? "PageToken is required when pageSize is specified."
        : "Use limit instead of pageSize when using limit/offset paging.",
    );
  }
  return plainPaging({ offset, limit }, maxPageSize, rules);
}

function plainPaging({ offset, limit }: Limits, maxPageSize: number, rules: PagingRules) {
  if (offset !== undefined && offset < 0) {
    throw badParameter("Offset cannot be a negative value.");
  }
  if (limit !== undefined && (limit < 0 || limit > maxPageSize)) {
    throw badParameter(rules.badLimit(maxPageSize));
  }
  return { offset: offset ?? 0, limit: limit ?? rules.defaultLimit(maxPageSize) };
}

function cursorPaging(
  range: OrdinalRange | undefined,
  {
    offset,
    limit,
    pageSize,
    totalCount,
    maxPageSize,
  }: {
    offset: number | undefined;
    limit: number | undefined;
    pageSize: number | undefined;
    totalCount: boolean;
    maxPageSize: number;
  },
): Paging {
  if (range === undefined) {
    throw badParameter("The page token provided was invalid.");
  }
  if (offset !== undefined) {
    throw badParameter(
      "Both offset and pageToken parameters were provided, but they support alternative paging approaches and cannot be used together.",
    );
  }
  if (limit !== undefined && pageSize === undefined) {
    throw badParameter("Use pageSize instead of limit when using cursor paging with pageToken.");
  }
  if (pageSize !== undefined && (pageSize < 0 || pageSize > maxPageSize)) {
    throw badParameter(`PageSize must be a value between 0 and ${maxPageSize}.`);
  }
  if (totalCount) {
    throw badParameter("Total count cannot be determined while using cursor paging (when pageToken is specified).");
  }
  return { kind: "cursor", range, pageSize: pageSize ?? maxPageSize };
}

/**
 * Reads the paging of `/deletes` and `/keyChanges`, which know no cursor and have their own words. A version that does not check them takes
 * any limit, and has no count.
 */
export function readTrackedPaging(query: Query, maxPageSize: number, rules: PagingRules, isChecked: boolean) {
  const offset = readInteger(query, "offset");
  const limit = readInteger(query, "limit");
  if (!isChecked) {
    const anyLimit = Math.max(limit ?? rules.defaultLimit(maxPageSize), 0);
    return { offset: Math.max(offset ?? 0, 0), limit: anyLimit, totalCount: false };
  }
  const errors: string[] = [];
  if (limit !== undefined && (limit < 1 || limit > maxPageSize)) {
    errors.push(`Limit must be omitted or set to a value between 1 and ${maxPageSize}.`);
  }
  if (offset !== undefined && offset < 0) {
    errors.push("Offset must be greater than or equal to 0.");
  }
  if (errors.length > 0) {
    throw badTrackedParameters(errors);
  }
  return { offset: offset ?? 0, limit: limit ?? maxPageSize, totalCount: readFlag(query, "totalcount") };
}

/** Reads how many partitions are wanted; 10 when nobody says. */
export function readPartitionCount(query: Query, refusePaging: boolean): number {
  const paging = ["offset", "limit", "pagetoken", "pagesize", "totalcount"].filter((name) => query.has(name));
  if (refusePaging && paging.length > 0) {
    const names = paging.map((name) => properNames[name] ?? name).join(", ");
    throw badParameter(`Paging parameters cannot be used when asking for partitions: ${names}.`);
  }
  const number = readInteger(query, "number") ?? 10;
  if (number < 1 || number > 200) {
    throw badParameter("Number of partitions must be between 1 and 200.");
  }
  return number;
}

/** Reads the window of change versions; undefined when the request sets neither end. One that ends before it begins is empty, or refused. */
export function readWindow(query: Query, refuseReversed: boolean): Window | undefined {
  const min = readVersion(query, "minchangeversion");
  const max = readVersion(query, "maxchangeversion");
  if (refuseReversed && min !== undefined && max !== undefined && min > max) {
    throw badParameter("MinChangeVersion cannot be greater than maxChangeVersion.");
  }
  return min === undefined && max === undefined ? undefined : { min, max };
}

/** Reads a true-or-false parameter; absent is false. */
export function readFlag(query: Query, name: string): boolean {
  const value = query.get(name)?.toLowerCase() ?? "false";
  if (value !== "true" && value !== "false" && value !== "") {
    throw unreadable(query, name);
  }
  return value === "true";
}

// An empty value counts as absent, as the server's model binding has it.
function readInteger(query: Query, name: string): number | undefined {
  const value = query.get(name)?.trim();
  if (value === undefined || value === "") {
    return undefined;
  }
  const number = Number(value);
  if (!/^[+-]?\d+$/.test(value) || Math.abs(number) > 2147483647) {
    throw unreadable(query, name);
  }
  return number;
}

function readVersion(query: Query, name: string): bigint | undefined {
  const value = query.get(name)?.trim();
  if (value === undefined || value === "") {
    return undefined;
  }
  if (!/^[+-]?\d{1,19}$/.test(value)) {
    throw unreadable(query, name);
  }
  return BigInt(value.replace("+", ""));
}

const properNames: Readonly<Record<string, string>> = {
  totalcount: "totalCount",
  pagesize: "pageSize",
  pagetoken: "pageToken",
  minchangeversion: "minChangeVersion",
  maxchangeversion: "maxChangeVersion",
};

function unreadable(query: Query, name: string): ProblemError {
  return unreadableParameter(properNames[name] ?? name, query.get(name) ?? "");
}
