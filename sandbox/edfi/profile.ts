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
  /** Where the school year stands when the server routes by it. */
  readonly yearPosition: "before" | "after";
  /** What stands for the year in addresses that are not asked for a year. */
  readonly yearPlaceholder: string;
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
  yearPosition: "before",
  yearPlaceholder: "{schoolYearFromRoute}",
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
