import type { Reply } from "../http/reply.ts";
import { type Problem, problemReply } from "./problems.ts";

/**
 * How one version of the API behaves where versions differ. Later versions and other servers are other objects of this type; the handlers
 * ask the profile and never the version.
 */
export interface Profile {
  readonly name: "ods-7.3";
  readonly version: string;
  readonly informationalVersion: string;
  readonly build: string;
  /** The page size when a request names none. */
  defaultLimit(maxPageSize: number): number;
  /** Whether pages carry `Next-Page-Token` and `/partitions` exists. */
  readonly cursor: boolean;
  /** Live tokens per client; undefined for no limit. */
  readonly tokenLimit: number | undefined;
  /** Takes the school year out of a path, wherever this version has it. */
  route(parts: readonly string[]): { readonly year: number | undefined; readonly parts: readonly string[] };
  /** The addresses that discovery tells; `year` is the one asked for, `any` when the client has to fill it in. */
  urls(origin: string, year: number | "any" | undefined, changeQueries: boolean): Readonly<Record<string, string>>;
  /** The shape of errors. */
  error(problem: Problem): Reply;
  /** Names in change query payloads. */
  readonly changeNames: {
    readonly oldest: string;
    readonly newest: string;
    readonly id: string;
    readonly version: string;
    readonly keyValues: string | undefined;
    readonly oldKeyValues: string;
    readonly newKeyValues: string;
  };
  /** The Ed-Fi data model it says it has, for the data standard of the data. */
  dataModelVersion(standard: number): string;
}

const ods73: Profile = {
  name: "ods-7.3",
  version: "7.3",
  informationalVersion: "7.3",
  build: "7.3.10536",
  defaultLimit: (maxPageSize) => maxPageSize,
  cursor: true,
  tokenLimit: 15,
  route: (parts) => {
    const year = /^\d{4}$/.test(parts[0] ?? "") ? Number(parts[0]) : undefined;
    return { year, parts: year === undefined ? parts : parts.slice(1) };
  },
  urls: (origin, year, changeQueries) => {
    const context = year === "any" ? "/{schoolYearFromRoute}" : year === undefined ? "" : `/${year}`;
    const base = origin + context;
    return {
      dependencies: `${base}/metadata/data/v3/dependencies`,
      openApiMetadata: `${base}/metadata/`,
      oauth: `${base}/oauth/token`,
      oauthTokenIntrospection: `${base}/oauth/token_info`,
      dataManagementApi: `${base}/data/v3/`,
      xsdMetadata: `${base}/metadata/xsd`,
      ...(changeQueries ? { changeQueries: `${base}/changeQueries/v1/` } : {}),
    };
  },
  error: problemReply,
  changeNames: {
    oldest: "oldestChangeVersion",
    newest: "newestChangeVersion",
    id: "id",
    version: "changeVersion",
    keyValues: "keyValues",
    oldKeyValues: "oldKeyValues",
    newKeyValues: "newKeyValues",
  },
  // ODS/API 7.3 has no data standard before 4.0: older data are served under the oldest name it knows.
  dataModelVersion: (standard) => ({ 6: "6.1.0", 5: "5.2.0" })[standard] ?? "4.0.0",
};

export const profiles: Readonly<Record<Profile["name"], Profile>> = { "ods-7.3": ods73 };
