import { capitalised, columnName, withRole } from "./names.ts";
import type { Property, Resource } from "./openapi.ts";
import { isPersonal } from "./personal.ts";
import { alternativePaths, replacedColumns } from "./standards.ts";

/** One column of a typed model. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly isPersonal: boolean;
  /** Its expression over `data`. */
  readonly expression: string;
}

/** A reference of a resource: which column holds which member of it. */
export interface Reference {
  readonly entity: string;
  readonly role: string;
  readonly columns: ReadonlyMap<string, string>;
}

export interface Columns {
  readonly columns: readonly Column[];
  readonly references: readonly Reference[];
  /** The column that a JSON path such as `$.schoolReference.schoolId` became. */
  readonly byPath: ReadonlyMap<string, string>;
}

/** A scalar member and every JSON path under which it may be found, the newest data standard's first. */
interface Scalar {
  readonly property: Property & { kind: "scalar" };
  readonly member: string;
  readonly paths: string[];
}

/** Members of the body that are no data of the entity, or that the model carries under its own names. */
const ownMembers = new Set(["id", "_etag", "_lastModifiedDate", "_ext", "link"]);

/** Codes whose namespace a rule needs, because districts use the same code with another meaning. */
const codesWithNamespace = new Set([
  "attendanceEventCategoryDescriptor",
  "behaviorDescriptor",
  "courseAttemptResultDescriptor",
  "courseRepeatCodeDescriptor",
  "economicDisadvantageDescriptor",
  "entryGradeLevelDescriptor",
  "entryTypeDescriptor",
  "exitWithdrawTypeDescriptor",
  "programTypeDescriptor",
  "studentParticipationCodeDescriptor",
  "supporterMilitaryConnectionDescriptor",
]);

/** Entities whose organization, under its plain name, would read as that of the record which refers to them. */
const withOwnOrganization = new Set(["graduationPlan", "openStaffPosition", "evaluationElement"]);

/** The typed columns of a resource, in the order of the newest data standard: members, members of references, lists. */
export function columnsOf(endpoint: string, resource: Resource): Columns {
  const scalars = new Map<string, Scalar>();
  const nested: Column[] = [];
  const references: Reference[] = [];
  const byPath = new Map<string, string>();

  function add(member: string, path: string, property: Property & { kind: "scalar" }): string {
    const name = columnName(member);
    byPath.set(path, name);
    const known = scalars.get(name);
    if (known === undefined) scalars.set(name, { property, member, paths: [path] });
    else known.paths.push(path);
    return name;
  }

  for (const [name, property] of resource.properties) {
    if (ownMembers.has(name)) continue;
    if (property.kind === "scalar") {
      add(alias(name), `$.${name}`, property);
    } else if (property.kind === "reference") {
      const role = alias(name).replace(new RegExp(`${capitalised(alias(property.entity))}Reference$`), "");
      const isPlain = alias(name) === `${alias(property.entity)}Reference`;
      const reference = { entity: alias(property.entity), role: isPlain ? "" : role };
      const columns = new Map<string, string>();
      for (const [member, inner] of property.properties) {
        if (inner.kind !== "scalar") continue;
        const flat = flattened(alias(member), reference, resource.parameters);
        columns.set(alias(member), add(flat, `$.${name}.${member}`, inner));
      }
      references.push({ ...reference, columns });
    } else {
      nested.push(nestedColumn(endpoint, name, property.description));
    }
  }

  const replaced = replacedColumns(endpoint);
  const columns = [...[...scalars].flatMap(([name, scalar]) => scalarColumns(endpoint, name, scalar)), ...nested]
    .filter((column) => !replaced.dropped.includes(column.name))
    .map((column) => ({ ...column, expression: replaced.expressions[column.name] ?? column.expression }));
  return { columns, references, byPath };
}

/** Data standard 5 renamed parents to contacts; the models use the new name for both. */
function alias(name: string): string {
  return name.replace(/^parent(?=$|UniqueId$|Reference$)/, "contact");
}

/**
 * The flattened name of a reference's member, as the API's GET parameters spell it: `responsibilitySchoolId`,
 * `programEducationOrganizationId`, `gradingPeriodSchoolYear`, plain `schoolId`.
 */
function flattened(
  member: string,
  reference: { entity: string; role: string },
  parameters: ReadonlySet<string>,
): string {
  const { entity, role } = reference;
  if (role !== "") {
    const roled = withRole(role, member);
    return parameters.has(roled) || !parameters.has(member) ? roled : member;
  }
  const prefixed = withRole(entity, member);
  if (withOwnOrganization.has(entity) && member === "educationOrganizationId") return prefixed;
  return parameters.has(prefixed) ? prefixed : member;
}

function scalarColumns(endpoint: string, name: string, scalar: Scalar): Column[] {
  const { property, member } = scalar;
  const paths = [...scalar.paths, ...alternativePaths(endpoint, name)];
  const text = coalesced(paths.map((path) => `json_value(data, '${path}')`));
  const column = { name, description: property.description, isPersonal: isPersonal(endpoint, member) };
  if (member.endsWith("Descriptor")) {
    const code = { ...column, type: "STRING", expression: `regexp_extract(${text}, r'[^#]*$')` };
    if (!codesWithNamespace.has(member)) return [code];
    const description = `Namespace of ${name}, which says whose code it is.`;
    const expression = `regexp_extract(${text}, r'^(.*)#')`;
    return [code, { name: `${name}_namespace`, type: "STRING", description, isPersonal: false, expression }];
  }
  if (property.type === "boolean") {
    const value = coalesced(paths.map((path) => `lax_bool(json_query(data, '${path}'))`));
    return [{ ...column, type: "BOOL", expression: value }];
  }
  return [{ ...column, ...typed(property, member, text) }];
}

function typed(
  property: Property & { kind: "scalar" },
  member: string,
  text: string,
): { type: string; expression: string } {
  const { type, format } = property;
  if (type === "integer") return { type: "INT64", expression: `safe_cast(${text} as int64)` };
  if (type === "number") return { type: "NUMERIC", expression: `safe_cast(${text} as numeric)` };
  if (format === "date") return { type: "DATE", expression: `safe_cast(substr(${text}, 1, 10) as date)` };
  if (format === "date-time") return { type: "TIMESTAMP", expression: timestamp(text) };
  if (member.endsWith("Time")) return { type: "TIME", expression: timeOfDay(text) };
  return { type: "STRING", expression: text };
}

/** A time of day is sent as such, or by an ODS of suite 3 behind a day that means nothing (`1970-01-01T10:15:00Z`). */
function timeOfDay(text: string): string {
  return `safe_cast(regexp_extract(${text}, r'\\d{2}:\\d{2}:\\d{2}') as time)`;
}

/** A TIMESTAMP holds six digits of a second; an ODS writes seven, which a cast refuses. */
export function timestamp(text: string): string {
  return `safe_cast(regexp_replace(${text}, r'([.]\\d{6})\\d+', r'\\1') as timestamp)`;
}

function nestedColumn(endpoint: string, member: string, description: string): Column {
  const name = columnName(member);
  const expression = `json_query(data, '$.${member}')`;
  return { name, type: "JSON", description, isPersonal: isPersonal(endpoint, member), expression };
}

function coalesced(expressions: readonly string[]): string {
  return expressions.length === 1 ? (expressions[0] ?? "") : `coalesce(${expressions.join(", ")})`;
}
