import * as z from "zod";
import { isDescriptor } from "./natural-keys.ts";
import { actionDenied, resourceDenied } from "./problems.ts";
import { plainName } from "./resource-names.ts";

/** What the client's claim set says of one resource. Reading is granted unless it is withheld, writing is withheld unless it is granted. */
export interface Grant {
  readonly read?: boolean | undefined;
  readonly readChanges?: boolean | undefined;
  readonly create?: boolean | undefined;
  readonly update?: boolean | undefined;
  readonly delete?: boolean | undefined;
}

/** What `PUT /sandbox/claims` may change; what it does not name stays. */
export const claimsSchema = z.strictObject({
  claims: z
    .record(
      z.string(),
      z.strictObject({
        read: z.boolean().optional(),
        readChanges: z.boolean().optional(),
        create: z.boolean().optional(),
        update: z.boolean().optional(),
        delete: z.boolean().optional(),
      }),
    )
    .optional(),
  namespacePrefixes: z.array(z.string()).optional(),
  educationOrganizations: z.array(z.int()).optional(),
});

export type Claims = z.infer<typeof claimsSchema>;
export type ClaimsInput = z.input<typeof claimsSchema>;

/** What a client may do, and with which rows. */
export interface ClaimSet {
  readonly name: string;
  /** What is granted and withheld by resource; `*` speaks for those not named. */
  readonly resources: Readonly<Record<string, Grant>>;
  /** Namespaces of assessments and the like that the client owns, as beginnings; undefined for all. */
  readonly namespacePrefixes: readonly string[] | undefined;
  /** The education organizations the client works for, with the schools below them; undefined for all. */
  readonly educationOrganizationIds: readonly number[] | undefined;
}

export type Action = "Create" | "Read" | "Update" | "Delete" | "ReadChanges";

const members = {
  Create: "create",
  Read: "read",
  Update: "update",
  Delete: "delete",
  ReadChanges: "readChanges",
} as const satisfies Record<Action, keyof Grant>;

export const actions: readonly Action[] = ["Create", "Read", "Update", "Delete", "ReadChanges"];

/** Whether the claim set grants an action on a resource. */
export function isGranted({ resources }: ClaimSet, resource: string, action: Action): boolean {
  const member = members[action];
  return resources[resource]?.[member] ?? resources["*"]?.[member] ?? member.startsWith("read");
}

/** Throws the 403 problem unless the claim set grants the action. A resource that cannot even be read is not in the claim set at all. */
export function checkAccess(claimSet: ClaimSet, resource: string, action: Action): void {
  if (isGranted(claimSet, resource, action)) {
    return;
  }
  const claims = [plainName(resource), domainOf(resource)];
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
