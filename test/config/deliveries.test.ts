import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { validate } from "../../cli/local/validation.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { findDelivery, parseSources } from "../../shared/config/sources.ts";
import { PermanentError } from "../../shared/errors.ts";

const connectors = readConnectors("connectors");
const sources = `sources:
  - {id: map, connector: nwea, url: "https://map.example", secret: map}
  - {id: ods, connector: edfi, url: "https://ods.example", secret: reader}
`;
const right = "id: results, pipeline: nwea_edfi, from: map, to: ods, secret: writer";

function mistakesIn(...deliveries: readonly string[]): string[] {
  const text = `${sources}deliveries:\n${deliveries.map((delivery) => `  - {${delivery}}`).join("\n")}\n`;
  try {
    parseSources(text, "sources.yaml", connectors);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

test("a delivery needs to say what is sent, where from, where to and as whom; the rest has defaults", () => {
  const parsed = parseSources(`${sources}deliveries:\n  - {${right}}\n`, "sources.yaml", connectors);
  expect(findDelivery(parsed, "results")).toMatchObject({
    id: "results",
    pipeline: "nwea_edfi",
    concurrency: 8,
    concurrency_per_resource: 8,
    too_long: "reject",
    failures_max_share: 0.5,
    namespaces: [],
  });
  expect(findDelivery(parsed, "results").deletes).toBeUndefined();
  expect(() => findDelivery(parsed, "others")).toThrow('no delivery "others" (there are: results)');
});

test.each([
  [
    "a source that is none",
    [right.replace("from: map", "from: mpa")],
    ['deliveries.0.from: there is no source "mpa" (there are: map, ods)'],
  ],
  [
    "sources whose ids of results differ, to be told as they are",
    [right.replace("from: map", "from: map, also_from: [ods], mapping: {result_ids: told}")],
    ["deliveries.0.mapping.result_ids: sources that tell the same results tell other ids: write computed"],
  ],
  [
    "a further source that is none, and one that is named twice",
    [right.replace("from: map", "from: map, also_from: [mpa, map]")],
    [
      'deliveries.0.also_from.0: there is no source "mpa" (there are: map, ods)',
      'deliveries.0.also_from.1: "map" is named twice',
    ],
  ],
  [
    "a target that takes nothing",
    [right.replace("to: ods", "to: map")],
    ['deliveries.0.to: "map" is of the connector nwea; only edfi takes deliveries'],
  ],
  [
    "an id twice, and the same way twice",
    [right, right],
    ['deliveries.1.id: "results" is used twice', "deliveries.1: deliveries.0 has the same pipeline, from and to"],
  ],
  [
    "deletes of whatever there is",
    [`${right}, deletes: {max: 10}`],
    ["deliveries.0.namespaces: name the namespaces that are your own, for deletes are limited to them"],
  ],
  ["words that it does not know", [`${right}, delets: {}`], [expect.stringContaining("delets")]],
  [
    "a pipeline that is no name",
    [right.replace("nwea_edfi", "NWEA")],
    ["deliveries.0.pipeline: use a-z, 0-9 and single _, as the folder is named"],
  ],
])("%s is told with its place", (_, deliveries, problems) => {
  expect(mistakesIn(...deliveries)).toEqual(problems);
});

/** What is wrong with these deliveries when all files are looked at together. */
function problemsWith(...deliveries: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-validate-"));
  try {
    const file = join(folder, "sources.yaml");
    const second = '  - {id: test-ods, connector: edfi, url: "https://test.example", secret: reader}\n';
    writeFileSync(file, `${sources}${second}deliveries:\n${deliveries.map((one) => `  - {${one}}\n`).join("")}`);
    return validate(file).problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a pipeline without a model is found when all files are looked at together", () => {
  expect(problemsWith(right, right.replace("nwea_edfi", "nwea_ods").replace("results", "others"))).toEqual([
    expect.stringMatching(/deliveries\.1\.pipeline: no model .* is of "nwea_ods"/),
  ]);
});

test("one source taken to two targets by one pipeline is refused, for it would be mapped as for the first", () => {
  const other = "id: test-results, pipeline: nwea_edfi, from: map, to: test-ods, secret: writer";
  expect(problemsWith(right, other)).toEqual([
    expect.stringMatching(/deliveries\.1\.from: .*"test-results" would send what is made for "results".*another id/),
  ]);
  expect(problemsWith(right, other.replace("from: map", "from: ods"))).toEqual([]);
  expect(problemsWith(right, other.replace("from: map", "from: ods, also_from: [map]"))).toHaveLength(1);
});
