import { describe, expect, test } from "@jest/globals";
import type { Watermark } from "../../shared/control/watermark.ts";
import { partShrinkReason, shrinkReason } from "../../shared/load/guard.ts";
import type { Manifest } from "../../shared/manifest.ts";

const manifest = (rows: number, more: Partial<Manifest> = {}): Manifest =>
  ({ mode: "full", accept_shrink: false, rows, ...more }) as Manifest;
const watermark = (rowCount: number): Watermark => ({ row_count: rowCount }) as Watermark;

describe("E58 shrinkReason", () => {
  test.each([
    ["an empty full run over loaded rows", manifest(0), watermark(5), true],
    ["a full run that lost more than its share", manifest(499), watermark(1000), true],
    ["a full run that lost just its share", manifest(500), watermark(1000), false],
    ["a small endpoint that lost a few rows", manifest(1), watermark(9), false],
    ["a full run that grew", manifest(2000), watermark(1000), false],
    ["a first run", manifest(0), undefined, false],
    ["an empty run where nothing was", manifest(0), watermark(0), false],
    ["an empty delta", manifest(0, { mode: "delta" }), watermark(1000), false],
    ["a loss that a person has accepted", manifest(0, { accept_shrink: true }), watermark(1000), false],
  ])("%s", (_, run, loaded, isSetAside) => {
    const reason = shrinkReason(run, loaded, 0.5);
    expect(reason !== undefined).toBe(isSetAside);
    if (reason) expect(reason).toMatch(/--accept-shrink/);
  });
});

describe("E58 partShrinkReason", () => {
  const holds = (fall: number, winter?: number): Partial<Manifest> => ({
    holds: { Fall: fall, ...(winter === undefined ? {} : { Winter: winter }) },
  });
  const loaded = new Map([
    ["Spring", 900],
    ["Fall", 1000],
  ]);
  test.each([
    ["a part that lost more than its share", holds(499), true],
    ["a part that lost just its share", holds(500), false],
    ["a part that is new", holds(1000, 1), false],
    ["a part that grew", holds(1100), false],
    ["a small part among others that lost more than its share", holds(400, 1000), true],
    ["a loss that a person has accepted", { ...holds(1), accept_shrink: true }, false],
    ["a run of an earlier version, which does not say what it holds", {}, false],
  ])("%s", (_, more, isSetAside) => {
    const reason = partShrinkReason(manifest(1500, more), loaded, 0.5);
    expect(reason !== undefined).toBe(isSetAside);
    if (reason) expect(reason).toMatch(/of "Fall" where 1000 are loaded.*--accept-shrink/);
  });
});
