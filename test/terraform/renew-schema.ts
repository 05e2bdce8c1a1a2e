/*
 * Writes test/terraform/provider-schema.json anew, for the resources that terraform/ uses:
 *
 *   npm run terraform:schema                 from the typings of @cdktf/provider-google, which npm gives and nothing installs
 *   npm run terraform:schema -- FILE         from what `terraform providers schema -json` printed, where the providers are at hand
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProviderSchema, type ProviderSchemas, type Schema, schemaFile } from "./schema.ts";
import { schemaOf } from "./typings.ts";

interface Package {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  /** What the names of its resources begin with, and what the folders of its typings do instead. */
  readonly prefix: string;
  readonly folder: string;
}

const registry = "registry.terraform.io/hashicorp";

const packages: readonly Package[] = [
  { name: "@cdktf/provider-google", version: "16.12.1", provider: "google", prefix: "google_", folder: "" },
  {
    name: "@cdktf/provider-google-beta",
    version: "16.12.1",
    provider: "google-beta",
    prefix: "google_",
    folder: "google-",
  },
  { name: "@cdktf/provider-time", version: "11.0.1", provider: "time", prefix: "time_", folder: "" },
];

/** Resources that only google-beta has. */
const betaOnly = new Set(["google_project_service_identity"]);

interface Used {
  readonly kind: "resource" | "data";
  readonly type: string;
  readonly provider: string;
}

function usedTypes(): Used[] {
  const text = globSync("terraform/*.tf")
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const found = new Map<string, Used>();
  for (const [, kind, type = ""] of text.matchAll(/^(resource|data) "(\w+)"/gm)) {
    const provider = betaOnly.has(type) ? "google-beta" : type.startsWith("time_") ? "time" : "google";
    if (kind === "resource" || kind === "data") found.set(`${kind} ${type}`, { kind, type, provider });
  }
  return [...found.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

function unpack({ name, version }: Package, folder: string): string {
  const packed = execFileSync("npm", ["pack", "--silent", `${name}@${version}`], { cwd: folder, encoding: "utf8" });
  const to = mkdtempSync(join(folder, "unpacked-"));
  execFileSync("tar", ["xzf", join(folder, packed.trim().split("\n").at(-1) ?? ""), "-C", to]);
  return join(to, "package", "lib");
}

function fromTypings(one: Package, used: readonly Used[], folder: string): { schema: ProviderSchema; version: string } {
  const library = unpack(one, folder);
  const pathOf = ({ kind, type }: Used): string => {
    const name = type.slice(one.prefix.length).replaceAll("_", "-");
    const own = `${kind === "data" ? "data-" : ""}${kind === "data" && one.folder === "" ? one.prefix.replace("_", "-") : one.folder}${name}`;
    const file = join(library, own, "index.js");
    if (!existsSync(file)) throw new Error(`${one.name} has no ${own} for ${type}`);
    return file;
  };
  const schemas = (kind: Used["kind"]): Record<string, Schema> =>
    Object.fromEntries(
      used
        .filter((entry) => entry.kind === kind && entry.provider === one.provider)
        .map((entry) => [entry.type, { version: 0, block: schemaOf(pathOf(entry)).block }]),
    );
  const { block, version } = schemaOf(join(library, "provider", "index.js"));
  return {
    schema: {
      provider: { version: 0, block },
      resource_schemas: schemas("resource"),
      data_source_schemas: schemas("data"),
    },
    version,
  };
}

function fromPackages(used: readonly Used[]): ProviderSchemas {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-schema-"));
  try {
    const made = packages.map((one) => ({ one, ...fromTypings(one, used, folder) }));
    return {
      made_of: packages.map(({ name, version }) => `${name}@${version}`).join(", "),
      provider_versions: Object.fromEntries(made.map(({ one, version }) => [`${registry}/${one.provider}`, version])),
      provider_schemas: Object.fromEntries(made.map(({ one, schema }) => [`${registry}/${one.provider}`, schema])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Keeps of a whole schema what is used. */
function fromTerraform(file: string, used: readonly Used[]): ProviderSchemas {
  const whole = JSON.parse(readFileSync(file, "utf8")) as Pick<ProviderSchemas, "provider_schemas">;
  const lock = readFileSync("terraform/.terraform.lock.hcl", "utf8");
  const pick = (schemas: Readonly<Record<string, Schema>>, provider: string, kind: Used["kind"]) =>
    Object.fromEntries(
      used
        .filter((entry) => entry.kind === kind && `${registry}/${entry.provider}` === provider)
        .flatMap(({ type }) => (schemas[type] ? [[type, schemas[type]]] : [])),
    );
  return {
    made_of: "terraform providers schema -json",
    provider_versions: Object.fromEntries(
      [...lock.matchAll(/^provider "([^"]+)" \{\s+version\s+= "([^"]+)"/gm)].map(([, name = "", version]) => [
        name,
        version ?? "",
      ]),
    ),
    provider_schemas: Object.fromEntries(
      Object.entries(whole.provider_schemas).map(([provider, schema]) => [
        provider,
        {
          provider: schema.provider,
          resource_schemas: pick(schema.resource_schemas, provider, "resource"),
          data_source_schemas: pick(schema.data_source_schemas, provider, "data"),
        },
      ]),
    ),
  };
}

/** JSON with a line for each resource, so that a change shows which one changed. */
function render({ made_of, provider_versions, provider_schemas }: ProviderSchemas): string {
  const list = (schemas: Readonly<Record<string, Schema>>): string =>
    Object.entries(schemas)
      .map(([name, schema]) => `\n${JSON.stringify(name)}: ${JSON.stringify(schema)}`)
      .join(",");
  const providers = Object.entries(provider_schemas).map(
    ([name, schema]) =>
      `${JSON.stringify(name)}: {"provider": ${JSON.stringify(schema.provider)},\n` +
      `"resource_schemas": {${list(schema.resource_schemas)}},\n"data_source_schemas": {${list(schema.data_source_schemas)}}}`,
  );
  return `{"made_of": ${JSON.stringify(made_of)},\n"provider_versions": ${JSON.stringify(provider_versions)},\n"provider_schemas": {\n${providers.join(",\n")}\n}}\n`;
}

const [file] = process.argv.slice(2);
const used = usedTypes();
writeFileSync(schemaFile, render(file === undefined ? fromPackages(used) : fromTerraform(file, used)));
process.stdout.write(`${schemaFile}: ${used.length} resources and data sources\n`);
