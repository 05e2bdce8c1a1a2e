import { messageReply } from "../error-shapes.ts";
import { opaqueToken } from "../oauth.ts";
import type { Profile } from "../profile.ts";
import { contextInside } from "../routes.ts";

/** What ODS/API before 7.2 says of a limit, whatever the largest is. */
export const oldBadLimit = () =>
  "Limit must be omitted or set to a value between 1 and max value defined in configuration file (defaultPageSizeLimit).";

/** ODS/API 5.3: Pascal case in change queries, small default pages, snapshots by name, `/deletes` with ids alone and no `/keyChanges`. */
export const ods53: Profile = {
  name: "ods-5.3",
  identity: { version: "5.3", informationalVersion: "5.3", suite: "3", build: "5.3.1434.0" },
  tellsMode: true,
  routes: contextInside,
  dataModelVersion: () => "3.3.1-b",
  error: messageReply,
  paging: {
    defaultLimit: (maxPageSize) => Math.min(25, maxPageSize),
    order: "key",
    badLimit: oldBadLimit,
    cursor: undefined,
  },
  changes: {
    oldest: "OldestChangeVersion",
    newest: "NewestChangeVersion",
    id: "Id",
    version: "ChangeVersion",
    keyValues: undefined,
    hyphens: true,
    keyChanges: false,
    feedsLikeCollections: false,
    hidesRecreated: "nothing",
    cascadeTakesVersions: false,
    refusesReversedWindow: false,
  },
  snapshots: "identifier",
  tokens: { limit: undefined, type: "bearer", make: opaqueToken },
  sortedDependencies: true,
  pathsInAnyCase: false,
  strictIds: false,
  openApi: { version: 2, path: (document) => `${document}/swagger.json` },
};
