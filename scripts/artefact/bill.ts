import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { closure, type LockedPackage, lockSchema } from "./lock.ts";

const projectSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

const folder = "node_modules/";

function licenceOf(licence: string): object {
  // A choice between licences is an expression; a single one is named by its id.
  return / (?:OR|AND|WITH) /.test(licence) ? { expression: licence } : { license: { id: licence } };
}

/** `sha512-<base64>` of a lock file as CycloneDX has it. */
function hashOf(integrity: string): object {
  const [algorithm = "", digest = ""] = integrity.split("-");
  return {
    alg: algorithm.toUpperCase().replace("SHA", "SHA-"),
    content: Buffer.from(digest, "base64").toString("hex"),
  };
}

function componentOf(place: string, { version = "", license, integrity }: LockedPackage): object {
  const name = place.slice(place.lastIndexOf(folder) + folder.length);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": `${purl}#${place}`,
    name,
    version,
    purl,
    ...(license ? { licenses: [licenceOf(license)] } : {}),
    ...(integrity ? { hashes: [hashOf(integrity)] } : {}),
  };
}

/**
 * The bill of materials of an artefact (CycloneDX 1.6): every package that functions are made of, bundled or not, as the lock file has it. The
 * same files give the same bill. `npm sbom --omit dev` leaves out what is needed in development as well, so it is not asked.
 * @param sha256 of the artefact
 */
export function billOfMaterials(projectFolder: string, sha256: string): object {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(projectFolder, name), "utf8"));
  const project = projectSchema.parse(read("package.json"));
  const { packages } = lockSchema.parse(read("package-lock.json"));
  const places = [...closure(Object.keys(project.dependencies), packages)].sort();
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `pkg:npm/${project.name}@${project.version}`,
        name: project.name,
        version: project.version,
        licenses: [licenceOf(project.license)],
        hashes: [{ alg: "SHA-256", content: sha256 }],
      },
    },
    components: places.map((place) => componentOf(place, packages[place] ?? {})),
  };
}
