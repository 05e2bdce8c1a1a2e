import { jsonReply, type Reply } from "../http/reply.ts";
import { parseRecord } from "../json/lossless.ts";
import { rowsOf } from "../store/open-resource.ts";
import { everything } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import { actions, type ClaimSet, isGranted } from "./access.ts";
import { pathOf } from "./resource-names.ts";

/** An education organization that the client works for. */
export interface EducationOrganization {
  readonly id: number;
  readonly name: string;
}

/** The local education agencies of a year: the sandbox's client works for all of them. */
export async function educationOrganizations(data: YearData): Promise<EducationOrganization[]> {
  if (!data.has("localEducationAgencies")) {
    return [];
  }
  const resource = await data.open("localEducationAgencies");
  return [...rowsOf(resource, everything(resource))].flatMap(({ text }) => {
    const record = parseRecord(text);
    const { localEducationAgencyId: id, nameOfInstitution: name } = record;
    return typeof id === "number" ? [{ id, name: typeof name === "string" ? name : "" }] : [];
  });
}

/** Answers `POST /oauth/token_info`: whose token it is and what it may do. */
export async function getTokenInfo(data: YearData, key: string, claimSet: ClaimSet, isAlive: boolean): Promise<Reply> {
  if (!isAlive) {
    return jsonReply(200, { active: false });
  }
  const own = claimSet.educationOrganizationIds;
  const organizations = (await educationOrganizations(data)).filter(({ id }) => own?.includes(id) ?? true);
  return jsonReply(200, {
    active: true,
    client_id: key,
    namespace_prefixes: claimSet.namespacePrefixes ?? ["uri://"],
    education_organizations: organizations.map(({ id, name }) => ({
      education_organization_id: id,
      name_of_institution: name,
      type: "edfi.LocalEducationAgency",
      local_education_agency_id: id,
    })),
    student_identification_systems: [],
    assigned_profiles: [],
    claim_set: { name: claimSet.name },
    resources: data.resources.flatMap((resource) => {
      const operations = actions.filter((action) => isGranted(claimSet, resource, action));
      return operations.length === 0 ? [] : [{ resource: pathOf(resource), operations }];
    }),
    services: [],
  });
}
