import { describe, expect, test } from "@jest/globals";
import { judge, stoppingTests, testQuery } from "../../shared/refresh/model-tests.ts";
import { type District, openDistrict } from "../models/district/district.ts";
import { inOtherNamespace, spoiled } from "../models/district/spoil.ts";
import { Luck } from "../simulation/luck.ts";
import "./patience.ts";

// A bad value becomes NULL and a finding, never a failed model: the sample, as a system might send it that keeps to nothing.

const instances = [
  { source: "grand-bend", year: 2011 },
  { source: "grand-bend", year: 2012 },
  { source: "other", year: 2011 },
];

/** The sample in three ODSs, with this share of all members altered and a few records twice, in two namespaces. */
async function openSpoiled(seed: number, share: number): Promise<District> {
  const luck = new Luck(seed);
  return await openDistrict("2011-05-20", {
    studentsEnding: "22",
    instances,
    instead(text) {
      const record = JSON.parse(text);
      const altered = [JSON.stringify(spoiled(record, luck, share))];
      return luck.chance(0.03) ? [...altered, JSON.stringify(inOtherNamespace(record))] : altered;
    },
  });
}

/** Which models cannot be built, or have errors in what was built. */
async function problemsOf(district: District): Promise<string[]> {
  const { models, warehouse } = district;
  const refresh = new Map([...models].map(([name, model]) => [name, model.refresh]));
  const problems: string[] = [];
  const names = [...models.keys()].filter((name) => /^(staging[.]stg_edfi__|marts[.])/.test(name));
  for (const name of names) {
    await district.build([name]).catch((error: unknown) => problems.push(`${name}: ${String(error)}`));
  }
  if (problems.length > 0) return problems;
  for (const model of names.flatMap((name) => refresh.get(name) ?? [])) {
    const [row = {}] = await warehouse.run(testQuery(model, refresh, model.name));
    const found = stoppingTests(judge(model, refresh, row as Record<string, string>, undefined).results);
    if (found !== undefined) problems.push(`${model.name}: ${found}`);
  }
  return problems;
}

describe("records that keep to nothing", () => {
  test.each([
    [1, 0.01],
    [2, 0.1],
  ])("fail no model and no test of one (seed %d, share %d)", async (seed, share) => {
    const district = await openSpoiled(seed, share);
    try {
      expect(await problemsOf(district)).toEqual([]);
      const [findings] = await district.warehouse.run(
        "select count(*) as n from marts.dq_finding where test_id = 'unreadable_value'",
      );
      expect(Number(findings?.n)).toBeGreaterThan(0);
    } finally {
      district.warehouse.close();
    }
  });
});
