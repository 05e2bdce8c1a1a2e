import { describe, expect, test } from "@jest/globals";
import type { Watermark } from "../../shared/control/watermark.ts";
import { decideScope } from "../../shared/extract/window.ts";

/** A watermark at this version; its run began so long after the first that ended there. */
function loaded(changeVersion: string | null, hours = 0): Watermark {
  return {
    v: 1,
    source_id: "d1",
    connector: "edfi",
    endpoint: "students",
    school_year: 2011,
    change_version: changeVersion,
    since: "2026-11-20T00:00:00.000Z",
    run_id: "r",
    run_started_at: new Date(Date.UTC(2026, 10, 20, hours)).toISOString(),
    mode: "full",
    loaded_at: "2026-11-20T00:00:00.000Z",
    full_run_id: "r",
    full_run_started_at: "2026-11-20T00:00:00.000Z",
    row_count: 1,
    fingerprint: "f",
  };
}

describe("decideScope", () => {
  test.each([
    [
      "a first run is full",
      "delta",
      undefined,
      "100",
      { mode: "full", from: null, to: "100", reason: "nothing is loaded yet" },
    ],
    ["a full run is full", "full", loaded("90"), "100", { mode: "full", from: null, to: "100", reason: "asked" }],
    ["a source without change queries is read whole", "delta", loaded("90"), undefined, { mode: "full", to: null }],
    [
      "a delta begins after the watermark, less the overlap",
      "delta",
      loaded("90"),
      "100",
      { mode: "delta", from: "81", to: "100" },
    ],
    ["a window never begins below zero", "delta", loaded("5"), "100", { mode: "delta", from: "0", to: "100" }],
    [
      "a restored source is read whole",
      "delta",
      loaded("101"),
      "100",
      { mode: "full", reason: "the source was restored to an earlier state" },
    ],
    [
      "a restored source is named so in a full run too",
      "full",
      loaded("101"),
      "100",
      { reason: "the source was restored to an earlier state" },
    ],
    [
      "E34 nothing new is an empty delta",
      "delta",
      loaded("100"),
      "100",
      { mode: "delta", reason: "nothing changed", isEmpty: true },
    ],
    [
      "a watermark that does not say since when is read once more",
      "delta",
      { ...loaded("100"), since: undefined },
      "100",
      { isEmpty: false },
    ],
    ["a watermark without a version cannot be continued", "delta", loaded(null), "100", { mode: "full" }],
    [
      "versions beyond 2^53 are compared exactly",
      "delta",
      loaded("9007199254740993"),
      "9007199254740992",
      { mode: "full" },
    ],
  ] as const)("%s", (_, mode, watermark, newest, expected) => {
    expect(decideScope(mode, watermark, newest, 10, new Date("2026-11-20T00:10:00Z"))).toMatchObject(expected);
  });

  // A transaction that was open when the version was reached is over an hour later.
  test.each([
    ["too early: nothing is read, and a later run will look", 0, "2026-11-20T00:59:59Z", true],
    ["the first run that is late enough reads the overlap once more", 0, "2026-11-20T01:00:00Z", false],
    ["it has been read late enough", 1, "2026-11-21T00:00:00Z", true],
  ])("where nothing is new, late commits: %s", (_, hours, startedAt, isEmpty) => {
    const scope = decideScope("delta", loaded("100", hours), "100", 10, new Date(startedAt));
    expect(scope).toMatchObject(isEmpty ? { isEmpty } : { isEmpty, mode: "delta", from: "91", to: "100" });
  });
});
