import { shapeOf } from "./natural-keys.ts";

/** What a resource's name says. One of Ed-Fi's own is named plainly (`students`), one of an extension with it: `lmsx/assignments`. */
interface NameParts {
  readonly schema: string;
  readonly name: string;
}

const core = "ed-fi";

/** The resources of the LMSX extension. */
export const lmsxResources: readonly string[] = [
  "lmsx/assignmentCategoryDescriptors",
  "lmsx/lmsSourceSystemDescriptors",
  "lmsx/submissionStatusDescriptors",
  "lmsx/submissionTypeDescriptors",
  "lmsx/assignments",
  "lmsx/assignmentSubmissions",
];

function partsOf(resource: string): NameParts {
  const at = resource.indexOf("/");
  return at === -1 ? { schema: core, name: resource } : { schema: resource.slice(0, at), name: resource.slice(at + 1) };
}

/** The resource that a path's two parts mean: `ed-fi` and `students`, `lmsx` and `assignments`. */
export function resourceAt(schema: string, name: string): string {
  return schema === core ? name : `${schema}/${name}`;
}

/** Where a resource lies below the data's address: `/ed-fi/students`. */
export function pathOf(resource: string): string {
  const { schema, name } = partsOf(resource);
  return `/${schema}/${name}`;
}

/** A resource's name without its extension's. */
export function plainName(resource: string): string {
  return partsOf(resource).name;
}

/** The name of a resource's records in the OpenAPI documents: `edFi_student`, `lmsx_assignment`. */
export function schemaNameOf(resource: string): string {
  const { schema, name } = partsOf(resource);
  return `${schema === core ? "edFi" : schema}_${shapeOf(resource)?.singular ?? name}`;
}
