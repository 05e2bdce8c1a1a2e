import { expect, test } from "@jest/globals";
import { method, row, startWorld, tableOf } from "./world.ts";

test("nothing is sent before every model of the pipeline has been built, and the last one that is has it sent", async () => {
  const missing = new Set([tableOf("results"), tableOf("assessments")]);
  const missingTables = async (tables: readonly string[]) => tables.filter((table) => missing.has(table));
  await using world = await startWorld({ ports: { missingTables } });
  world.set("methods", [row("rit", method("RIT"))]);
  expect(await world.run({ model: tableOf("methods") })).toEqual({ kind: "waiting", models: [...missing].sort() });
  missing.delete(tableOf("assessments"));
  expect(await world.run({ model: tableOf("assessments") })).toMatchObject({ kind: "waiting" });
  expect(world.writes()).toEqual([]);
  missing.clear();
  expect(await world.run({ model: tableOf("results") })).toMatchObject({ kind: "finished", result: { outcome: "ok" } });
  expect(world.writes()).toEqual(["POST assessmentReportingMethodDescriptors"]);
});
