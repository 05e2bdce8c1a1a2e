import type { Connector } from "../../shared/config/connector.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { parseSources, type Sources } from "../../shared/config/sources.ts";
import type { Place } from "../../shared/control/place.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { modelFile, smallSchool } from "../refresh/world.ts";
import { apiUrl, endpoints } from "./api.ts";
import type { Luck } from "./luck.ts";

/** Change versions by which windows overlap; small, so that a world of a few dozen versions has some outside of it. */
export const overlap = 6;

const [edfi] = [...readConnectors("connectors").values()].filter(({ connector }) => connector === "edfi");
export const models: readonly Model[] = catalogueOf(smallSchool.map(modelFile));

/** The Ed-Fi connector as it is shipped, with few endpoints and a small overlap. */
export function smallConnector(change: Partial<{ overlap: number }> = {}): Connector {
  if (edfi?.changes.type !== "change_versions") throw new Error("connectors/edfi.yaml has no change versions");
  const some = Object.entries(edfi.endpoints).filter(([name]) => endpoints.includes(name));
  return { ...edfi, changes: { ...edfi.changes, overlap, ...change }, endpoints: Object.fromEntries(some) };
}

export const places: readonly Place[] = endpoints.map((endpoint) => ({ source: "d1", endpoint, schoolYear: 2026 }));

/** One source of one year, read in pages of a size that the seed decides. */
export function sourcesOf(connectors: ReadonlyMap<string, Connector>, luck: Luck): Sources {
  // Pages of one row cannot overlap, so nothing would tell when rows move from one to the other.
  const size = luck.one([2, 3, 4, 6, 10]);
  const text = [
    "time_zone: America/Chicago",
    "sources:",
    `  - { id: d1, connector: edfi, url: "${apiUrl}", secret: s, school_years: [2026],`,
    `      page_size: ${size}, concurrency: ${luck.one([1, 2, 4])} }`,
  ];
  return parseSources(text.join("\n"), "sources.yaml", connectors);
}
