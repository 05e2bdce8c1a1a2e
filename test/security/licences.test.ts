import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import * as z from "zod";
import { billOfMaterials } from "../../scripts/artefact/bill.ts";

/** What may be part of a product under Apache-2.0, and only asks to be named. */
const allowed = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "BlueOak-1.0.0", "CC0-1.0"];

/** Others, each for one package and with its reason. */
const known: Readonly<Record<string, { licence: string; why: string }>> = {
  "spdx-exceptions": { licence: "CC-BY-3.0", why: "a list of names, unchanged, with its author named in it" },
  "caniuse-lite": { licence: "CC-BY-4.0", why: "a list for building; nothing of it is deployed" },
  "@cdktf/hcl2json": { licence: "MPL-2.0", why: "reads terraform/ in tests, unchanged; nothing of it is deployed" },
};

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      license: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});
const { packages } = lockSchema.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
const nameOf = (place: string): string => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

function isAllowed(place: string, licence: string | undefined): boolean {
  if (known[nameOf(place)]?.licence === licence) return true;
  // "MIT OR CC0-1.0": one of them suffices.
  return (licence ?? "")
    .replaceAll(/[()]/g, "")
    .split(" OR ")
    .some((each) => allowed.includes(each));
}

test("every package that is installed is under a licence that allows it", () => {
  const others = Object.entries(packages)
    .filter(([place, { license }]) => place !== "" && !isAllowed(place, license))
    .map(([place, { license }]) => `${nameOf(place)}: ${license}`);
  expect(others).toEqual([]);
});

test("every exception is needed", () => {
  const present = new Map(Object.entries(packages).map(([place, { license }]) => [nameOf(place), license]));
  expect(Object.entries(known).filter(([name, { licence }]) => present.get(name) !== licence)).toEqual([]);
});

test("the bill of materials names each package that functions are made of, with its version, licence and checksum", () => {
  const bill = z
    .object({
      bomFormat: z.literal("CycloneDX"),
      metadata: z.object({ component: z.object({ hashes: z.tuple([z.object({ content: z.literal("abc") })]) }) }),
      components: z.array(
        z.object({
          name: z.string(),
          version: z.string(),
          hashes: z.tuple([z.object({ alg: z.literal("SHA-512"), content: z.string().regex(/^[0-9a-f]{128}$/) })]),
          licenses: z.tuple([
            z.union([z.object({ license: z.object({ id: z.string() }) }), z.object({ expression: z.string() })]),
          ]),
        }),
      ),
    })
    .parse(billOfMaterials(".", "abc"));
  const deployed = Object.entries(packages).filter(([place, { dev }]) => place !== "" && !dev);
  const missing = deployed.filter(([place]) => !bill.components.some(({ name }) => name === nameOf(place)));
  // What only something optional asks for in development is neither here nor there.
  expect(missing.filter(([, { devOptional, optional }]) => !devOptional && !optional)).toEqual([]);
  expect(bill.components.map(({ name }) => name)).toEqual(expect.arrayContaining(["@grpc/grpc-js", "zod", "ky"]));
  expect(bill.components.map(({ name }) => name)).not.toContain("jest");
});
