import type { JsonObject, JsonValue } from "../json/lossless.ts";
import { parseRecord, valueAt } from "../json/lossless.ts";
import { type OpenResource, rowsOf } from "../store/open-resource.ts";
import { everything } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import type { ClaimSet } from "./access.ts";
import { isDescriptor } from "./natural-keys.ts";

/** Whom the education organizations of a client lead to. Values are texts: numbers and strings compare alike. */
interface Reach {
  /** Changes with the data that it was worked out from. */
  readonly name: string;
  readonly values: Readonly<Record<Subject, ReadonlySet<string>>>;
}

/** What a natural key's value names, of that which gives or withholds access. */
type Subject = "educationOrganization" | "student" | "staff" | "contact";

/** A value of a record that the client has no relationship with. */
export interface Stranger {
  /** The value's name as errors have it: `StudentUniqueId`. */
  readonly name: string;
  readonly subject: Subject;
}

/** Which rows of a resource a client may have to do with. */
export interface Visibility {
  /** Changes with what is visible. */
  readonly name: string;
  /** The first value that keeps the client from a record; undefined when it may have it. */
  stranger(record: JsonObject): Stranger | undefined;
  /** Whether the record's namespace is one of the client's. */
  isOwnNamespace(record: JsonObject): boolean;
}

const reaches = new WeakMap<YearData, Reach>();

/**
 * Which rows of a resource the client's education organizations and namespaces give it, by the values of their natural key: schools below
 * its organizations, students with an association to one of those schools, staff that work there, contacts of those students. Undefined for
 * a client that may see everything.
 */
export async function visibilityOf(
  data: YearData,
  { educationOrganizationIds, namespacePrefixes }: ClaimSet,
  { name, key }: OpenResource,
  use: "read" | "written" = "read",
): Promise<Visibility | undefined> {
  const names = Object.entries(key ?? {});
  // Everybody reads all code lists; codes are written by those who own their namespace.
  const isNamespaced = key?.namespace === "namespace" && (use === "written" || !isDescriptor(name));
  const related = names.flatMap(([each, path]) => {
    const subject = subjectOf(each);
    return subject === undefined ? [] : [{ name: each.charAt(0).toUpperCase() + each.slice(1), path, subject }];
  });
  const prefixes = isNamespaced ? namespacePrefixes : undefined;
  const reach =
    educationOrganizationIds && related.length > 0 ? await reachOf(data, educationOrganizationIds) : undefined;
  if (prefixes === undefined && reach === undefined) {
    return undefined;
  }
  return {
    name: `${reach?.name ?? ""} ${prefixes?.join(" ") ?? ""}`,
    stranger: (record) =>
      reach && related.find(({ path, subject }) => !reach.values[subject].has(textOf(valueAt(record, path)))),
    isOwnNamespace: (record) =>
      prefixes?.some((prefix) => textOf(valueAt(record, "namespace")).startsWith(prefix)) ?? true,
  };
}

function subjectOf(name: string): Subject | undefined {
  const match =
    /(schoolId|educationOrganizationId|localEducationAgencyId|studentUniqueId|staffUniqueId|contactUniqueId|parentUniqueId)$/i.exec(
      name,
    );
  const ending = match?.[1]?.toLowerCase();
  if (ending === undefined) {
    return undefined;
  }
  const people = {
    studentuniqueid: "student",
    staffuniqueid: "staff",
    contactuniqueid: "contact",
    parentuniqueid: "contact",
  } as const;
  return ending in people ? people[ending as keyof typeof people] : "educationOrganization";
}

/** Associations that give access, by what they give access to. */
const gates = [
  ["student", "studentSchoolAssociations", "studentReference.studentUniqueId", "schoolReference.schoolId"],
  [
    "staff",
    "staffEducationOrganizationAssignmentAssociations",
    "staffReference.staffUniqueId",
    "educationOrganizationReference.educationOrganizationId",
  ],
  [
    "staff",
    "staffEducationOrganizationEmploymentAssociations",
    "staffReference.staffUniqueId",
    "educationOrganizationReference.educationOrganizationId",
  ],
] as const;
const families = [
  ["studentContactAssociations", "contactReference.contactUniqueId"],
  ["studentParentAssociations", "parentReference.parentUniqueId"],
] as const;

async function reachOf(data: YearData, ids: readonly number[]): Promise<Reach> {
  const sources = await Promise.all(
    ["schools", ...gates.map(([, resource]) => resource), ...families.map(([resource]) => resource)]
      .filter((resource) => data.has(resource))
      .map(async (resource) => await data.open(resource)),
  );
  const name = `${ids.join(",")}@${sources.map(({ overlay }) => overlay.revision()).join(",")}`;
  const known = reaches.get(data);
  if (known?.name === name) {
    return known;
  }
  const reach = { name, values: valuesIn(new Map(sources.map((source) => [source.name, source])), ids) };
  reaches.set(data, reach);
  return reach;
}

function valuesIn(sources: ReadonlyMap<string, OpenResource>, ids: readonly number[]): Reach["values"] {
  const values = {
    educationOrganization: new Set(ids.map(String)),
    student: new Set<string>(),
    staff: new Set<string>(),
    contact: new Set<string>(),
  };
  for (const school of records(sources.get("schools"))) {
    if (ids.includes(Number(textOf(valueAt(school, "localEducationAgencyReference.localEducationAgencyId"))))) {
      values.educationOrganization.add(textOf(school.schoolId));
    }
  }
  for (const [subject, resource, who, where] of gates) {
    for (const record of records(sources.get(resource))) {
      if (values.educationOrganization.has(textOf(valueAt(record, where)))) {
        values[subject].add(textOf(valueAt(record, who)));
      }
    }
  }
  for (const [resource, who] of families) {
    for (const record of records(sources.get(resource))) {
      if (values.student.has(textOf(valueAt(record, "studentReference.studentUniqueId")))) {
        values.contact.add(textOf(valueAt(record, who)));
      }
    }
  }
  return values;
}

function* records(resource: OpenResource | undefined): Iterable<JsonObject> {
  if (resource !== undefined) {
    for (const { text } of rowsOf(resource, everything(resource))) {
      yield parseRecord(text);
    }
  }
}

function textOf(value: JsonValue | undefined): string {
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}
