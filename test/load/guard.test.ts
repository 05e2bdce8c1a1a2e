import { describe, expect, test } from "@jest/globals";
import type { Watermark } from "../../shared/control/watermark.ts";
import { shrinkReason } from "../../shared/load/guard.ts";
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
