import { problemReply } from "../error-shapes.ts";
import { opaqueToken } from "../oauth.ts";
import { decodePageToken, encodePageToken } from "../page-token.ts";
import type { Profile } from "../profile.ts";
import { ods71 } from "./ods-7.1.ts";

/** ODS/API 7.3: page tokens and partitions, rows in the order they were added, problem details, at most 15 live tokens. */
export const ods73: Profile = {
  ...ods71,
  name: "ods-7.3",
  identity: {
    version: "7.3",
    informationalVersion: "7.3",
    suite: "3",
    build: "7.3.10536",
    applicationName: "Rollcall sandbox",
  },
  // ODS/API 7.3 has no data standard before 4.0: older data are served under the oldest name it knows.
  dataModelVersion: (standard) => ({ 6: "6.1.0", 5: "5.2.0" })[standard] ?? "4.0.0",
  error: problemReply,
  paging: {
    defaultLimit: (maxPageSize) => maxPageSize,
    order: "added",
    badLimit: (maxPageSize) => `Limit must be a value between 0 and ${maxPageSize}.`,
    cursor: {
      encode: encodePageToken,
      decode: decodePageToken,
      hole: "null",
      boundedPagesByVersion: false,
      partitionsRefusePaging: false,
    },
  },
  changes: { ...ods71.changes, cascadeTakesVersions: true },
  tokens: { limit: 15, type: "bearer", make: opaqueToken },
};
