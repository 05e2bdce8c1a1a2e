import { PermanentError } from "../../shared/errors.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { type Body, type Declaration, isList, isObject, type Value } from "./configuration.ts";

const may = {
  get: "storage.objects.get",
  list: "storage.objects.list",
  create: "storage.objects.create",
  delete: "storage.objects.delete",
} as const;

/** What predefined roles of Cloud Storage allow, as far as it is asked for here. */
const predefined: Readonly<Record<string, readonly string[]>> = {
  "roles/storage.objectViewer": [may.get, may.list],
  "roles/storage.legacyBucketReader": ["storage.buckets.get", may.list],
};

/** What one function may do in landing: everywhere, and to objects below manifests/. */
export interface LandingRights {
  readonly everywhere: ReadonlySet<string>;
  readonly manifests: ReadonlySet<string>;
}

function local(declarations: readonly Declaration[], name: string): Body {
  const value = declarations.find(({ kind, body }) => kind === "locals" && name in body)?.body[name];
  if (!isObject(value)) throw new Error(`terraform/ has no local ${name} that is a map`);
  return value;
}

function permissionsOf(role: Value, declarations: readonly Declaration[]): string[] {
  const known = predefined[String(role)];
  if (known) return [...known];
  const [, custom] = /google_project_iam_custom_role\.(\w+)\.name/.exec(String(role)) ?? [];
  const found = declarations.find(({ type, name }) => type === "google_project_iam_custom_role" && name === custom);
  if (!isList(found?.body.permissions)) throw new Error(`What ${String(role)} allows is not known here`);
  return found.body.permissions.map(String);
}

/** Reads from functions.tf and roles.tf what each function may do in landing. */
export function landingRights(declarations: readonly Declaration[]): Map<string, LandingRights> {
  const roles = local(declarations, "landing_roles");
  const rows = Object.entries(local(declarations, "functions"));
  return new Map(
    rows.map(([name, row]) => {
      const kinds = isObject(row) && isList(row.landing) ? row.landing.map(String) : [];
      const granted = kinds.flatMap((kind) => (isList(roles[kind]) ? roles[kind] : []));
      const everywhere = granted.flatMap((role) => permissionsOf(role, declarations));
      const manifests = isObject(row) && row.manifests === true ? predefined["roles/storage.objectViewer"] : [];
      return [name, { everywhere: new Set(everywhere), manifests: new Set(manifests) }];
    }),
  );
}

/**
 * A bucket that refuses what the rights do not allow, as Cloud Storage does: reading what is not there needs `list`, else it is
 * forbidden; and an upload that meets an object needs `delete`, which is asked for always, for it may meet one.
 */
export function permitted(store: ObjectStore, rights: LandingRights, refuse: (what: string) => void): ObjectStore {
  const need = (what: string, name: string, ...permissions: string[]): void => {
    const isManifest = name.startsWith("manifests/");
    const missing = permissions.filter(
      (permission) => !rights.everywhere.has(permission) && !(isManifest && rights.manifests.has(permission)),
    );
    if (missing.length === 0) return;
    refuse(`${what} ${isManifest ? "a manifest" : "what is no manifest"} needs ${missing.join(", ")}`);
    throw new PermanentError("not permitted", { object: name });
  };
  return {
    uri: store.uri,
    read: async (name) => {
      need("reading", name, may.get, may.list);
      return store.read(name);
    },
    stat: async (name) => {
      need("looking at", name, may.get, may.list);
      return store.stat(name);
    },
    write: async (name, body, ifGeneration) => {
      need("writing", name, may.create, may.delete);
      return store.write(name, body, ifGeneration);
    },
    writeStream: async (name, content, contentType) => {
      need("writing", name, may.create, may.delete);
      return store.writeStream(name, content, contentType);
    },
    delete: async (name, ifGeneration) => {
      need("deleting", name, may.delete);
      return store.delete(name, ifGeneration);
    },
    async *list(prefix) {
      // Asked of the bucket, so a right to some objects does not count.
      need("listing", "", may.list);
      yield* store.list(prefix);
    },
  };
}
