import { describe, expect, test } from "@jest/globals";
import { type BackfillRequest, backfillTargets, planBackfill } from "../../cli/local/backfill.ts";
import type { Configuration } from "../../cli/local/targets.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { objectNames } from "../../shared/control/place.ts";
import { connectors } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

function configuration(years: string): Configuration {
  const text = `sources:\n  - { id: d1, connector: edfi, url: "http://127.0.0.1:1", secret: s, ${years} endpoints: [students, schools] }\n`;
  return { file: "sources.yaml", connectors, sources: parseSources(text, "sources.yaml", connectors) };
}

const some = configuration("school_years: [2013, 2011, 2012],");
const asked: BackfillRequest = { source: "d1", endpoints: [], from: 2011, to: 2012, force: false };

describe("what a backfill is about", () => {
  test("is each endpoint in each year of the range, oldest year first", () => {
    expect(backfillTargets(asked, some).map(({ schoolYear, endpoint }) => `${schoolYear} ${endpoint}`)).toEqual([
      "2011 schools",
      "2011 students",
      "2012 schools",
      "2012 students",
    ]);
    expect(backfillTargets({ ...asked, endpoints: ["students"], to: 2011 }, some)).toEqual([
      { source: "d1", endpoint: "students", schoolYear: 2011, connector: "edfi" },
    ]);
  });

  test.each([
    ["years the sources file lacks", { to: 2015 }, some, /2014, 2015 .*school_years: \[2011, 2012, 2013, 2014, 2015\]/],
    ["a range the wrong way round", { from: 2013 }, some, /--from 2013 is after --to 2012/],
    ["a source without years", {}, configuration(""), /does not keep school years apart.*rollcall publish d1/],
    ["an unknown source", { source: "d2", to: 2015 }, some, /no source "d2"/],
    ["an unknown endpoint", { endpoints: ["pupils"] }, some, /no endpoint "pupils"/],
  ])("names %s", (_, change, file, expected) => {
    expect(() => backfillTargets({ ...asked, ...change }, file)).toThrow(expected);
  });
});

describe("the plan of a backfill", () => {
  function watermark(year: number, fullRunId: string | null) {
    const at = "2026-11-21T03:00:00.000Z";
    const place = { source: "d1", endpoint: "students", schoolYear: year };
    const value = {
      v: 1,
      source_id: "d1",
      connector: "edfi",
      endpoint: "students",
      school_year: year,
      change_version: "9",
      run_id: "r1",
      run_started_at: at,
      mode: "delta",
      loaded_at: at,
      full_run_id: fullRunId,
      full_run_started_at: fullRunId && at,
      row_count: 1,
      fingerprint: "f",
    };
    return { name: objectNames.watermark(place), value };
  }

  test("leaves out what a full run has loaded, unless it is forced", async () => {
    const control = fakeObjectStore();
    for (const { name, value } of [watermark(2011, "r0"), watermark(2012, null)]) control.put(name, value);
    const targets = backfillTargets({ ...asked, endpoints: ["students"], to: 2013 }, some);
    const open = async (force: boolean) =>
      (await planBackfill(targets, control, force)).flatMap(({ schoolYear, loadedAt }) =>
        loadedAt === null ? [schoolYear] : [],
      );
    expect(await open(false)).toEqual([2012, 2013]);
    expect(await open(true)).toEqual([2011, 2012, 2013]);
  });
});
