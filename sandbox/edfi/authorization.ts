import { type JsonObject, parseRecord } from "../json/lossless.ts";
import type { ClaimSet } from "./access.ts";
import { foreignNamespace, noRelationship } from "./problems.ts";
import type { Visibility } from "./reach.ts";

/** What a client has to create before a person is known to it. */
const hints = {
  student: "StudentSchoolAssociation",
  staff: "StaffEducationOrganizationAssignmentAssociation",
  contact: "StudentContactAssociation",
  educationOrganization: undefined,
} as const;

/** Whether a client sees a row in a collection. */
export function isVisible(visibility: Visibility, text: string): boolean {
  const record = parseRecord(text);
  return visibility.stranger(record) === undefined && visibility.isOwnNamespace(record);
}

/** Throws the 403 problem for a record that a client has no relationship with, or whose namespace is another's. */
export function checkRecord(visibility: Visibility | undefined, record: JsonObject, claimSet: ClaimSet): void {
  const stranger = visibility?.stranger(record);
  if (stranger !== undefined) {
    throw noRelationship(claimSet.educationOrganizationIds ?? [], stranger.name, hints[stranger.subject]);
  }
  if (visibility?.isOwnNamespace(record) === false) {
    throw foreignNamespace(claimSet.namespacePrefixes ?? []);
  }
}
