import type { Profile } from "../profile.ts";
import { contextFirst } from "../routes.ts";
import { ods61 } from "./ods-6.1.ts";

/** ODS/API 7.1: the context comes first in addresses, snapshots by a flag, OpenAPI 3; errors and the order of rows are still the old ones. */
export const ods71: Profile = {
  ...ods61,
  name: "ods-7.1",
  identity: {
    version: "7.1",
    informationalVersion: "7.1",
    suite: "3",
    build: "7.1.1192",
    applicationName: "Rollcall sandbox",
  },
  tellsMode: false,
  routes: contextFirst({ data: ["data", "v3"], tenant: "tenantIdentifier", year: "schoolYearFromRoute" }),
  dataModelVersion: (standard) => (standard >= 5 ? "5.0.0" : "4.0.0"),
  snapshots: "header",
  sortedDependencies: true,
  openApi: { ...ods61.openApi, version: 3 },
};
