import { isDescriptor } from "./natural-keys.ts";
import { actionDenied, resourceDenied } from "./problems.ts";

/** What the client's claim set says of one resource; what it does not say is granted. */
export interface Grant {
  readonly read?: boolean;
  readonly readChanges?: boolean;
}

/** The name of a claim set and what it withholds, by resource. */
export interface ClaimSet {
  readonly name: string;
  readonly resources: Readonly<Record<string, Grant>>;
}

export type Action = "Read" | "ReadChanges";

/** Whether the claim set grants an action on a resource. */
export function isGranted({ resources }: ClaimSet, resource: string, action: Action): boolean {
  const grant = resources[resource];
  return (action === "Read" ? grant?.read : grant?.readChanges) ?? true;
}

/** Throws the 403 problem unless the claim set grants the action. A resource without any action is not in the claim set at all. */
export function checkAccess(claimSet: ClaimSet, resource: string, action: Action): void {
  if (isGranted(claimSet, resource, action)) {
    return;
  }
  const claims = [resource, domainOf(resource)];
  const has = isGranted(claimSet, resource, "Read") || isGranted(claimSet, resource, "ReadChanges");
  throw has ? actionDenied(claimSet.name, action, claims) : resourceDenied(claimSet.name, claims);
}

// The claim above a resource's own, as Ed-Fi's security metadata group them; only messages show it.
function domainOf(resource: string): string {
  if (isDescriptor(resource)) {
    return "systemDescriptors";
  }
  if (["students", "staffs", "contacts", "parents", "people"].includes(resource)) {
    return "people";
  }
  if (resource.startsWith("assessment") || resource === "objectiveAssessments") {
    return "assessmentMetadata";
  }
  if (["schools", "localEducationAgencies", "stateEducationAgencies"].includes(resource)) {
    return "educationOrganizations";
  }
  return resource.endsWith("Associations") ? "relationshipBasedData" : "educationStandards";
}
