import { describe, expect, test } from "@jest/globals";
import type { Watermark } from "../../shared/control/watermark.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { currentContents, dayIn, versionOf, versionOfContents } from "../../shared/refresh/versions.ts";
import { modelFile } from "./world.ts";

const watermark = (source: string, year: number, fingerprint: string): Watermark => ({
  v: 1,
  source_id: source,
  connector: "edfi",
  endpoint: "students",
  school_year: year,
  change_version: "7",
  run_id: "r",
  run_started_at: "2026-11-21T04:00:00Z",
  mode: "delta",
  loaded_at: "2026-11-21T04:00:00Z",
  full_run_id: null,
  full_run_started_at: null,
  row_count: 1,
  fingerprint,
});

const version = (...watermarks: Watermark[]) => {
  const contents = currentContents(watermarks).get("current_edfi.students");
  return contents && versionOfContents(contents);
};

describe("versionOfContents", () => {
  test("follow the fingerprints of all sources and years, not their order or time", () => {
    const [a, b] = [watermark("d1", 2025, "x"), watermark("d1", 2026, "y")];
    expect(version(a, b)).toBe(version(b, { ...a, loaded_at: "2027-01-01T00:00:00Z", change_version: "9" }));
    const others = [
      version(a),
      version(b),
      version(a, { ...b, fingerprint: "z" }),
      version(a, { ...b, source_id: "d2" }),
    ];
    expect(new Set([version(a, b), ...others]).size).toBe(5);
  });
});

describe("versionOf", () => {
  const [model] = catalogueOf([
    modelFile({
      path: "marts/m",
      sql: "select id from current_edfi.students join ops.builds on current_date() > '2020-01-01'",
    }),
  ]);
  if (!model) throw new Error("no model");

  test("changes with an input and with the day, but not with the ledger", () => {
    const one = versionOf(model, () => "1", "2026-11-21");
    expect(one.inputs).toEqual({ "current_edfi.students": "1", current_date: "2026-11-21" });
    const versions = [one, versionOf(model, () => "2", "2026-11-21"), versionOf(model, () => "1", "2026-11-22")];
    expect(new Set(versions.map((each) => each.version)).size).toBe(3);
    expect(versionOf(model, (input) => (input === "ops.builds" ? "9" : "1"), "2026-11-21")).toEqual(one);
  });
});

test.each([
  ["America/Chicago", "2026-11-20"],
  ["UTC", "2026-11-21"],
  ["Pacific/Auckland", "2026-11-21"],
])("the day in %s is %s", (timeZone, day) => {
  expect(dayIn(timeZone, new Date("2026-11-21T04:00:00Z"))).toBe(day);
});
