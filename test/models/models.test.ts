import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readCases } from "./harness/case.ts";
import { checkCase } from "./harness/check.ts";
import { readModels } from "./harness/model.ts";
import { openTestWarehouse, type TestWarehouse } from "./harness/warehouse.ts";

const models = readModels(new URL("../../sql", import.meta.url).pathname);
const cases = readCases(new URL("cases", import.meta.url).pathname, models);
let warehouse: TestWarehouse;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
});

afterAll(() => warehouse.close());

for (const model of new Set(cases.map((one) => one.model))) {
  describe(model, () => {
    for (const one of cases.filter((candidate) => candidate.model === model)) {
      test(one.name, async () => {
        const { problems } = await checkCase(one, models, warehouse);
        if (problems.length > 0) throw new Error(`${model}, "${one.name}":\n  ${problems.join("\n  ")}`);
      });
    }
  });
}

test("every mart has at least one case", () => {
  const tested = new Set(cases.map((one) => one.model));
  const marts = [...models.keys()].filter((name) => name.startsWith("marts."));
  expect(marts.filter((name) => !tested.has(name))).toEqual([]);
});
