import { type Column, type Columns, columnsOf, type Reference, timestamp } from "./columns.ts";
import type { Endpoint } from "./endpoints.ts";
import { impliedEntities, type KeyDefinition, keyExpression, keysAcrossYears, keysByEntity } from "./keys.ts";
import { columnName, snakeCase } from "./names.ts";
import { type Resource, singular } from "./openapi.ts";
import { isPersonal } from "./personal.ts";

/** A surrogate key of a model: the row's own, or one that points to another model. */
export interface KeyColumn {
  readonly name: string;
  readonly description: string;
  readonly expression: string;
}

/** A typed model of one endpoint, before it is written as SQL. */
export interface StagingModel {
  readonly endpoint: string;
  readonly description: string;
  /** The row's own key first. */
  readonly keys: readonly KeyColumn[];
  readonly columns: readonly Column[];
}

/** Own keys whose name is not the endpoint's singular. */
const ownKeyNames: Readonly<Record<string, string>> = {
  student_contact_associations: "student_contact",
  student_parent_associations: "student_contact",
  student_education_organization_associations: "student_education_organization",
  staff_section_associations: "staff_section",
  people: "person",
};

/** Keys that follow from a column whose name ends so. */
const keyBySuffix: readonly (readonly [suffix: string, entity: string])[] = [
  ["student_unique_id", "student"],
  ["staff_unique_id", "staff"],
  ["contact_unique_id", "contact"],
  ["local_education_agency_id", "localEducationAgency"],
  ["school_id", "school"],
];

/** The typed model of an endpoint. @throws Error when a key of connectors/edfi.yaml names what the API does not have */
export function stagingModel(endpoint: Endpoint, resource: Resource): StagingModel {
  const typed = columnsOf(endpoint.name, resource);
  return {
    endpoint: endpoint.name,
    description: resource.description,
    keys: keysOf(endpoint, typed),
    columns: [...common.before, ...typed.columns, ...commonAfter(endpoint.name)],
  };
}

const common = {
  before: [
    column("source_id", "STRING", "The configured source the record came from.", "source_id"),
    column(
      "school_year",
      "INT64",
      "School year (the year in which it ends) of the ODS the record came from.",
      "school_year",
    ),
    column("api_id", "STRING", "Id of the record in the API.", "record_id"),
  ],
};

function commonAfter(endpoint: string): Column[] {
  const modified = `coalesce(${timestamp("json_value(data, '$._lastModifiedDate')")}, extracted_at)`;
  return [
    {
      ...column("extensions", "JSON", "The record's extensions, as the API sent them.", "json_query(data, '$._ext')"),
      isPersonal: isPersonal(endpoint, "_ext"),
    },
    column(
      "last_modified_at",
      "TIMESTAMP",
      "When the record was last changed; when it was extracted, if the API does not say.",
      modified,
    ),
  ];
}

function column(name: string, type: string, description: string, expression: string): Column {
  return { name, type, description, isPersonal: false, expression };
}

function keysOf(endpoint: Endpoint, typed: Columns): KeyColumn[] {
  const own = ownKey(endpoint, typed);
  const keys = new Map<string, KeyColumn>([[own.name, own]]);
  // What a record shares with its parent (the assessment) is one key: a second would stand in a record without a parent, too.
  const isKnown = (key: KeyColumn): boolean =>
    keys.has(key.name) || [...keys.values()].some(({ expression }) => expression === key.expression);
  const add = (key: KeyColumn | undefined): void => {
    if (key !== undefined && !isKnown(key)) keys.set(key.name, key);
  };
  for (const reference of typed.references) for (const key of referenceKeys(reference)) add(key);
  const names = typed.columns.map(({ name }) => name);
  for (const [suffix, entity] of keyBySuffix) {
    for (const name of names.filter((candidate) => candidate === suffix || candidate.endsWith(`_${suffix}`))) {
      const definition = definitionOf(entity);
      add(keyColumn(name.slice(0, -suffix.length), definition, [[name]]));
    }
  }
  for (const definition of keysAcrossYears) {
    const isAcross = definition.members.every((member) => names.includes(columnName(String(member))));
    const isOwn = own.name === definition.name.replace("_xyear", "_key");
    const isPerson = /^(student|staff)_/.test(definition.name);
    if (isAcross && (isOwn || isPerson)) add(keyColumn("", definition, plainParts(definition)));
  }
  return [...keys.values()];
}

/** The key the endpoint's own row has: the entity's, or one made of the natural key in connectors/edfi.yaml. */
function ownKey(endpoint: Endpoint, typed: Columns): KeyColumn {
  const collection = endpoint.path.slice(endpoint.path.indexOf("/") + 1);
  const entity = singular(collection === "parents" ? "contacts" : collection);
  const definition = keysByEntity[entity];
  const parts = endpoint.key.map((paths) => [...new Set(paths.map((path) => columnAt(endpoint, typed, path)))]);
  if (definition !== undefined) return keyColumn("", definition, plainParts(definition), "the row");
  const isProgram = /^student.*ProgramAssociation$/.test(entity);
  const name = isProgram ? "student_program" : (ownKeyNames[endpoint.name] ?? snakeCase(singular(endpoint.name)));
  return keyColumn("", { name, isYearly: true, members: [] }, parts, "the row");
}

function columnAt(endpoint: Endpoint, typed: Columns, path: string): string {
  const found = typed.byPath.get(path);
  if (found === undefined) throw new Error(`${endpoint.name}: no OpenAPI document has the key path ${path}`);
  return found;
}

/** The parts of a key in a model that has each as a plain column. */
function plainParts(definition: KeyDefinition): string[][] {
  return definition.members.map((member) => [member].flat().map(columnName));
}

function referenceKeys(reference: Reference): KeyColumn[] {
  const entities = [reference.entity, ...(impliedEntities[reference.entity] ?? [])];
  return entities.flatMap((entity) => {
    const definition = keysByEntity[entity];
    if (definition === undefined) return [];
    const parts = definition.members.map((member) =>
      [member].flat().flatMap((name) => reference.columns.get(name) ?? []),
    );
    if (parts.some((part) => part.length === 0)) return [];
    const role = reference.role === "" ? "" : `${snakeCase(reference.role)}_`;
    return [keyColumn(role, definition, parts)];
  });
}

function definitionOf(entity: string): KeyDefinition {
  const definition = keysByEntity[entity];
  if (definition === undefined) throw new Error(`there is no key of ${entity}`);
  return definition;
}

function keyColumn(
  role: string,
  definition: KeyDefinition,
  parts: readonly (readonly string[])[],
  of?: string,
): KeyColumn {
  const subject = of ?? `the ${`${role}${definition.name}`.replaceAll("_", " ").replace("xyear", "across years")}`;
  const shown = parts.map((columns) => columns.join(" or "));
  const all = ["source_id", ...(definition.isYearly ? ["school_year"] : []), ...shown];
  return {
    name: `${role}${definition.name}_key`,
    description: `Key of ${subject}: ${all.join(", ")}.`,
    expression: keyExpression(definition.isYearly, parts),
  };
}
