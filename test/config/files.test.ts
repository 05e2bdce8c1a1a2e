import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseConnector } from "../../shared/config/connector.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { endpointsOf, findEndpoint, parseSources } from "../../shared/config/sources.ts";

const connectors = readConnectors("connectors");

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("a connector file", () => {
  test("that ships is right", () => {
    expect(Object.keys(connectors.get("edfi")?.endpoints ?? {}).length).toBeGreaterThan(39);
  });

  test("that is wrong is answered with every mistake and its path", () => {
    const text = readFileSync("connectors/edfi.yaml", "utf8")
      .replace("type: oauth2_client_credentials", "type: oauth3")
      .replace("id: $.id\n", "id: id\n")
      .replace("header: total-count", "heading: total-count");
    const message = messageOf(() => parseConnector(text, "edfi.yaml"));
    expect(message).toMatch(/edfi.yaml has \d+ mistakes/);
    expect(message).toMatch(/auth\.type/);
    expect(message).toMatch(/records\.id: use a JSON path/);
    expect(message).toMatch(/count.*heading/);
  });

  test.each([
    ["paging: { type: pages }", /paging/],
    ["paging: { type: page, page_parameter: page, size: 5 }", /paging.size_parameter/],
    ["paging: { type: token, token_parameter: next, next: next }", /paging.next: use a JSON path/],
    ["records: { at: '$.a[0]' }", /records.at: use a JSON path of names/],
    ["errors: [{ matches: '(', means: failed }]", /errors.0.matches: use a regular expression/],
    ["errors: [{ at: $.message, means: lost }]", /errors.0.means/],
    ["changes: { type: updated_since, parameter: since, format: french }", /changes.format/],
    [
      "endpoints: { a: { path: a, key: [$.id], parents: { b: { endpoint: b, key: $.id } } } }",
      /a.parents.b: there is no endpoint "b"/,
    ],
    ["endpoints: { a: { path: 'x/{b}', key: [$.id] } }", /endpoints.a.path: nothing gives {b} a value/],
    [
      "endpoints: { a: { path: '{b}', key: [$.id], parents: { b: { endpoint: a, key: $.id } } } }",
      /cannot be its own parent/,
    ],
    [
      "endpoints: { a: { path: a, key: [$.id] }, c: { path: c, key: [$.id], parents: { a: { endpoint: a, key: $.id } } } }",
      /endpoints.c.path: it does not say {a}/,
    ],
  ])("that is wrong in %s is told where", (mistake, pattern) => {
    const parts = {
      connector: "connector: clubs",
      auth: "auth: { type: header, header: x-key, value: key }",
      secret: "secret: [key]",
      request: "request: { url: '{url}/{path}' }",
      records: "records: { at: $ }",
      paging: "paging: { type: single }",
      endpoints: "endpoints: { a: { path: a, key: [$.id] } }",
      [mistake.slice(0, mistake.indexOf(":"))]: mistake,
    };
    expect(messageOf(() => parseConnector(Object.values(parts).join("\n"), "clubs.yaml"))).toMatch(pattern);
  });

  test("that is not YAML says where", () => {
    expect(messageOf(() => parseConnector("connector: [edfi\nauth: }", "edfi.yaml"))).toMatch(/line \d/);
  });
});

describe("a sources file", () => {
  const example = readFileSync("sources.example.yaml", "utf8");

  test("is the example, as it is", () => {
    expect(parseSources(example, "sources.example.yaml", connectors).sources).toMatchObject([
      { id: "grand-bend", concurrency: 4, school_years: [2011] },
    ]);
  });

  test("that is wrong is answered with every mistake and its path", () => {
    const text = `time_zone: Mars/Olympus
sources:
  - id: Grand Bend
    connector: edfi
    url: grandbend.example
    secret: s
  - id: b
    connector: edfi
    url: https://b.example
    secret: s
    colour: red
    concurrency: 0
`;
    const message = messageOf(() => parseSources(text, "sources.yaml", connectors));
    for (const part of [
      /time_zone: use an IANA/,
      /sources\.0\.id/,
      /sources\.0\.url/,
      /sources\.1\.concurrency/,
      /colour/,
    ]) {
      expect(message).toMatch(part);
    }
  });

  test("is checked against the connectors", () => {
    const text = `sources:
  - { id: aa, connector: edfi, url: "https://a.example/{school_year}", secret: s, endpoints: [students, pupils] }
  - { id: aa, connector: sims, url: https://b.example, secret: s }
`;
    const message = messageOf(() => parseSources(text, "sources.yaml", connectors));
    for (const part of [
      /"aa" is used twice/,
      /no "sims" \(there are: .*edfi/,
      /no endpoint "pupils"/,
      /sources\.0\.school_years/,
    ]) {
      expect(message).toMatch(part);
    }
  });

  test("names endpoints as the tables do or as the API does", () => {
    const edfi = connectors.get("edfi");
    if (!edfi) throw new Error("no edfi");
    expect(findEndpoint(edfi, "studentSchoolAssociations")?.name).toBe("student_school_associations");
    const [source] = parseSources(example.replace("    # endpoints:", "    endpoints:"), "s.yaml", connectors).sources;
    if (!source) throw new Error("no source");
    expect(endpointsOf(source, edfi)).toEqual(expect.arrayContaining(["students", "student_school_associations"]));
    expect(endpointsOf(source, edfi)).toHaveLength(2);
  });
});
