import { expect, test } from "@jest/globals";
import { spacingsOf } from "../../shared/connector/pace.ts";

/** The most requests that slots with these spacings can begin within a second, and how many they begin on average. */
function begun(spacings: readonly number[]): { most: number; average: number } {
  const most = spacings.reduce((sum, spacing) => sum + Math.ceil(1000 / spacing), 0);
  return { most, average: spacings.reduce((sum, spacing) => sum + 1000 / spacing, 0) };
}

test.each(
  [1, 2, 3, 4, 7, 32].flatMap((concurrency) => [0.5, 1, 2, 3, 5, 7.5, 12, 100].map((rate) => [concurrency, rate])),
)("%i slots begin %d requests a second at most, and nearly as many", (concurrency, rate) => {
  const spacings = spacingsOf(concurrency, rate);
  expect(spacings.length).toBeLessThanOrEqual(concurrency);
  expect(begun(spacings).most).toBeLessThanOrEqual(Math.ceil(rate));
  expect(begun(spacings).average).toBeCloseTo(rate / 1.1, 6);
});

test("without a rate every slot begins as soon as it is free", () => {
  expect(spacingsOf(3, undefined)).toEqual([0, 0, 0]);
});
