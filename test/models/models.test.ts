import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Case, readCases } from "./harness/case.ts";
import { checkCase, type Outcome } from "./harness/check.ts";
import { readModels } from "./harness/model.ts";
import { openTestWarehouse, type TestWarehouse } from "./harness/warehouse.ts";

const models = readModels(join(import.meta.dirname, "../../sql"));
const cases = readCases(join(import.meta.dirname, "cases"), models);

/** Two warehouses, each with its last case: planning queries is most of the work, and there are two cores. */
const lanes: { warehouse: TestWarehouse; last: Promise<unknown> }[] = [];
const started = new Map<number, Promise<Outcome | Error>>();

beforeAll(async () => {
  for (let lane = 0; lane < 2; lane += 1) {
    lanes.push({ warehouse: await openTestWarehouse(), last: Promise.resolve() });
  }
});

afterAll(async () => {
  await Promise.all(lanes.map(({ last }) => last));
  for (const { warehouse } of lanes) warehouse.close();
});

/** Starts a case once, in the lane of its place, after the case before it there. An error is a result: its test throws it. */
function start(index: number): Promise<Outcome | Error> {
  const one = cases[index];
  const lane = lanes[index % lanes.length];
  if (one === undefined || lane === undefined) throw new Error(`there is no case ${index}`);
  const running = started.get(index) ?? lane.last.then(() => run(one, lane.warehouse));
  if (!started.has(index)) lane.last = running;
  started.set(index, running);
  return running;
}

async function run(one: Case, warehouse: TestWarehouse): Promise<Outcome | Error> {
  try {
    return await checkCase(one, models, warehouse);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

for (const model of new Set(cases.map((one) => one.model))) {
  describe(model, () => {
    cases.forEach((one, index) => {
      if (one.model !== model) return;
      test(one.name, async () => {
        const running = start(index);
        if (index + 1 < cases.length) void start(index + 1);
        const outcome = await running;
        if (outcome instanceof Error) throw outcome;
        const { problems } = outcome;
        if (problems.length > 0) throw new Error(`${model}, "${one.name}":\n  ${problems.join("\n  ")}`);
      });
    });
  });
}

test("every model has at least one case", () => {
  const tested = new Set(cases.map((one) => one.model));
  expect([...models.keys()].filter((name) => !tested.has(name))).toEqual([]);
});
