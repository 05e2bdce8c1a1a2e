import { fullProblemReply } from "../error-shapes.ts";
import { signedToken } from "../oauth.ts";
import { decodeOpaqueToken, encodeOpaqueToken } from "../page-token.ts";
import type { Profile } from "../profile.ts";
import { contextFirst } from "../routes.ts";
import { ods73 } from "./ods-7.3.ts";

/** Data Management Service 8: other addresses, opaque page tokens, bounded plain pages without one, signed tokens, no snapshots. */
export const dms8: Profile = {
  ...ods73,
  name: "dms-8",
  identity: {
    version: "8.0",
    applicationName: "Ed-Fi Alliance Data Management Service",
    informationalVersion: "8.0.0",
  },
  routes: contextFirst({ data: ["data"], tenant: "tenant", year: "schoolYear", dms: true }),
  dataModelVersion: (standard) => (standard >= 6 ? "6.1.0" : "5.2.0"),
  error: fullProblemReply,
  paging: {
    ...ods73.paging,
    cursor: {
      encode: encodeOpaqueToken,
      decode: decodeOpaqueToken,
      hole: "nothing",
      boundedPagesByVersion: true,
      partitionsRefusePaging: true,
    },
  },
  changes: { ...ods73.changes, hidesRecreated: "everything", refusesReversedWindow: true },
  snapshots: "ignored",
  tokens: { limit: undefined, type: "Bearer", make: signedToken },
  pathsInAnyCase: true,
  strictIds: true,
  openApi: { version: 3, path: (document) => `specifications/${document}-spec.json` },
};
