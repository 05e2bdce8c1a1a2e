import { describe, expect, test } from "@jest/globals";
import type { Connector } from "../../shared/config/connector.ts";
import { discover } from "../../shared/connector/discovery.ts";
import { PermanentError } from "../../shared/errors.ts";
import { connectors } from "../fakes/extract-world.ts";

const edfi = connectors.get("edfi") as Connector;

/** What the addresses of a discovery document come to for a source of this address and year. */
async function addresses(document: unknown, schoolYear?: string) {
  const found = await discover(edfi, { url: "https://h/api", school_year: schoolYear }, async (url, check) => {
    expect(url).toBe("https://h/api/");
    const answer = { status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify(document)) };
    check(answer);
    return answer;
  });
  return found.addresses;
}

const seven = (path: string): object => ({
  version: "7.3",
  urls: {
    oauth: `https://h/api${path}/oauth/token`,
    dataManagementApi: `https://h/api${path}/data/v3/`,
    changeQueries: `https://h/api${path}/changeQueries/v1/`,
  },
});

const older = (apiMode: string, path: string): object => ({
  version: "5.3-cqe",
  apiMode,
  urls: { oauth: "https://h/api/oauth/token", dataManagementApi: `https://h/api/data/v3${path}/` },
});

describe("the addresses of a source", () => {
  test.each([
    ["7.x, one tenant", seven(""), undefined, "data/v3/", "changeQueries/v1/"],
    ["7.x, routed by school year", seven("/2026"), "2026", "2026/data/v3/", "2026/changeQueries/v1/"],
    ["7.x, asked at the root", seven("/{schoolYearFromRoute}"), "2026", "2026/data/v3/", "2026/changeQueries/v1/"],
    ["7.x, a tenant and a year", seven("/t1/2026"), "2026", "t1/2026/data/v3/", "t1/2026/changeQueries/v1/"],
    [
      "DMS, whose addresses end without a slash",
      {
        version: "8.0",
        urls: { dataManagementApi: "https://h/api/data", changeQueries: "https://h/api/changeQueries/v1" },
      },
      undefined,
      "data/",
      "changeQueries/v1/",
    ],
    ["shared instance", older("Shared Instance", ""), undefined, "data/v3/", "changeQueries/v1/"],
    ["sandbox", older("Sandbox", ""), undefined, "data/v3/", "changeQueries/v1/"],
    ["year specific", older("Year Specific", "/2026"), "2026", "data/v3/2026/", "changeQueries/v1/2026/"],
    [
      "year specific, which tells this calendar year",
      older("Year Specific", "/2025"),
      "2026",
      "data/v3/2026/",
      "changeQueries/v1/2026/",
    ],
    [
      "an instance and its year",
      older("Instance Year Specific", "/i1/2025"),
      "2026",
      "data/v3/i1/2026/",
      "changeQueries/v1/i1/2026/",
    ],
  ])("E9 E11 %s", async (_, document, schoolYear, data, changeQueries) => {
    const found = await addresses(document, schoolYear);
    expect(found["urls.dataManagementApi"]).toBe(`https://h/api/${data}`);
    expect(found["urls.changeQueries"]).toBe(`https://h/api/${changeQueries}`);
  });

  test("E11 a year in the source's own address stays", async () => {
    const urls = { dataManagementApi: "https://h/2024/api/data/v3/2025/" };
    const found = await addresses({ apiMode: "Year Specific", urls }, "2026");
    expect(found["urls.dataManagementApi"]).toBe("https://h/2024/api/data/v3/2026/");
  });

  test("a year in the address of another host or mode is left alone", async () => {
    const found = await addresses({ urls: { oauth: "https://login/2025/token" } }, "2026");
    expect(found).toEqual({ "urls.oauth": "https://login/2025/token" });
  });

  test("a 7.x server that tells no change queries has none", async () => {
    const found = await addresses({ version: "7.1", urls: { dataManagementApi: "https://h/api/data/v3/" } });
    expect(found["urls.changeQueries"]).toBeUndefined();
  });

  test.each([
    ["instance", older("Instance Year Specific", "/{instance}/2025"), /leaves \{instance\} open in .* Set instance of/],
    ["tenant", seven("/{tenantIdentifier}"), /leaves \{tenantIdentifier\} open in .* Set tenant of/],
    ["tenant of the Data Management Service", seven("/{tenant}"), /leaves \{tenant\} open in .* Set tenant of/],
    ["school year", seven("/{schoolYearFromRoute}"), /leaves \{schoolYearFromRoute\} open in .* Set school_years of/],
    ["district, which nobody knows", seven("/{district}"), /leaves \{district\} open in .* Ask the host/],
  ])("E10 an open %s is refused", async (_, document, message) => {
    await expect(addresses(document)).rejects.toThrow(message);
  });

  test("E10 an open place in an address that nobody needs does not matter", async () => {
    const found = await addresses({
      urls: { dataManagementApi: "https://h/data", xsdMetadata: "https://h/{what}/xsd" },
    });
    expect(found).toEqual({ "urls.dataManagementApi": "https://h/data/" });
  });

  test("a source that keeps school years apart needs to know which are meant", async () => {
    const asked = addresses(older("Year Specific", "/2025"));
    await expect(asked).rejects.toThrow(/List its school_years/);
    await expect(asked).rejects.toBeInstanceOf(PermanentError);
  });
});
