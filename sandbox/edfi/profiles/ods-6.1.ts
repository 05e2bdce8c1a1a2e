import type { Profile } from "../profile.ts";
import { ods53 } from "./ods-5.3.ts";

/** What change queries look like from 6.1 on. */
export const camelChanges: Profile["changes"] = {
  oldest: "oldestChangeVersion",
  newest: "newestChangeVersion",
  id: "id",
  version: "changeVersion",
  keyValues: "keyValues",
  hyphens: false,
  keyChanges: true,
  feedsLikeCollections: true,
  hidesRecreated: "all but descriptors",
  cascadeTakesVersions: false,
  refusesReversedWindow: false,
};

/** ODS/API 6.1: camel case, key values and `/keyChanges`; addresses, snapshots and errors are still those of 5.x. */
export const ods61: Profile = {
  ...ods53,
  name: "ods-6.1",
  identity: { version: "6.1", informationalVersion: "6.1", suite: "3", build: "6.1.1124.0" },
  dataModelVersion: () => "4.0.0",
  paging: { ...ods53.paging, defaultLimit: (maxPageSize) => maxPageSize },
  changes: camelChanges,
  sortedDependencies: false,
};
