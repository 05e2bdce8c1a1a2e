import { expect, test } from "@jest/globals";
import { refresh } from "../../shared/refresh/refresh.ts";
import { modelStates } from "../../shared/refresh/status.ts";
import { createWorld, type World } from "./world.ts";

async function byModel(world: World) {
  return new Map((await modelStates(world.ports())).map((status) => [status.model, status]));
}

test("says of each model how it stands and why", async () => {
  const world = createWorld();
  expect((await byModel(world)).get("ref.codes")).toEqual({
    model: "ref.codes",
    state: "stale",
    why: ["never built"],
    endpoints: [],
  });
  await refresh({ reason: "load" }, world.ports());
  expect((await byModel(world)).get("ref.codes")).toMatchObject({ state: "fresh", why: [], rowCount: 10 });

  world.load("students", "two");
  world.announce("schools");
  let status = await byModel(world);
  expect(status.get("staging.stg_edfi__students")).toMatchObject({
    state: "stale",
    why: ["current_edfi.students changed"],
  });
  expect(status.get("marts.fct_student_school")).toMatchObject({
    state: "waiting",
    why: ["staging.stg_edfi__students changed"],
    endpoints: ["current_edfi.schools"],
  });

  world.arrive("schools");
  world.warehouse.failing.set("marts.fct_student_school", { failing_0: 2 });
  await refresh({ reason: "load" }, world.ports());
  status = await byModel(world);
  expect(status.get("marts.fct_student_school")).toMatchObject({
    state: "failed",
    why: ["failed, and nothing changed since"],
    error: "Tests failed: unique_key (2 rows).",
    failedAt: "2026-11-21T04:00:00.000Z",
    rowCount: 10,
  });
  expect(status.get("marts.wide_student")).toMatchObject({
    state: "stale",
    why: ["marts.fct_student_school changed", "marts.fct_student_school failed"],
  });
});

test("shows a model whose file is gone, and changes nothing", async () => {
  const world = createWorld();
  await refresh({ reason: "load" }, world.ports());
  const before = [...world.control.objects.keys()];
  const models = world.models.filter(({ name }) => name !== "marts.wide_student");
  const statuses = await modelStates({ ...world.ports(), models });
  expect(statuses.at(-1)).toMatchObject({ model: "marts.wide_student", state: "orphan" });
  expect([...world.control.objects.keys()]).toEqual(before);
});

test("a state object that nobody can read counts as none", async () => {
  const world = createWorld();
  await refresh({ reason: "load" }, world.ports());
  world.control.put("models/ref.codes.json", "{");
  expect((await byModel(world)).get("ref.codes")).toMatchObject({ state: "stale" });
  await refresh({ reason: "load" }, world.ports());
  expect((await byModel(world)).get("ref.codes")).toMatchObject({ state: "fresh" });
});
