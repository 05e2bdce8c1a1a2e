import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { resourceAt } from "../edfi/resource-names.ts";

/** Where a resource's rows come from: a file, and perhaps a file of their change versions. */
export interface ResourceFile {
  readonly path: string;
  readonly versionsPath: string | undefined;
}

const fileName = /^(?:([A-Za-z]\w*)\.)?([A-Za-z]\w*)\.jsonl(?:\.gz)?$/;

/**
 * The resources of data folders, `<resource>.jsonl` or `<resource>.jsonl.gz` each (`lmsx.assignments.jsonl` for an extension's); a later folder's file takes the place of an earlier one's
 * with the same name, its change versions included. Throws when a folder is not there or holds two files for one resource.
 */
export function resourceFiles(folders: readonly string[]): Map<string, ResourceFile> {
  const files = new Map<string, ResourceFile>();
  for (const folder of folders) {
    const found = new Map<string, ResourceFile>();
    for (const name of readdirSync(folder)) {
      const [, extension, own] = fileName.exec(name) ?? [];
      if (own === undefined) {
        continue;
      }
      const resource = resourceAt(extension ?? "ed-fi", own);
      if (found.has(resource)) {
        throw new Error(`${folder} holds ${resource} twice, packed and unpacked: remove one of them.`);
      }
      found.set(resource, { path: join(folder, name), versionsPath: versionsOf(folder, resource) });
    }
    for (const [resource, file] of found) {
      files.set(resource, file);
    }
  }
  return files;
}

function versionsOf(folder: string, resource: string): string | undefined {
  const file = resource.replace("/", ".");
  return [".tsv.gz", ".tsv"]
    .map((ending) => join(folder, "_changeversions", file + ending))
    .find((path) => existsSync(path));
}
