import { describe, expect, test } from "@jest/globals";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { createWorld, smallSchool } from "./world.ts";

const all = [
  "marts.fct_student_school",
  "marts.wide_student",
  "ref.codes",
  "staging.stg_edfi__schools",
  "staging.stg_edfi__students",
];
const belowStudents = ["staging.stg_edfi__students", "marts.fct_student_school", "marts.wide_student"];
const sorted = (names: readonly string[]) => [...names].sort();

async function builtWorld(options: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(options);
  world.load("students", "one");
  world.load("schools", "one");
  await refresh({ reason: "load" }, world.ports());
  world.builds();
  return world;
}

describe("what is built", () => {
  test("is everything at first, parents before children, also from endpoints that were never loaded", async () => {
    const world = createWorld();
    const summary = await refresh({ reason: "load" }, world.ports());
    const builds = world.builds();
    expect(sorted(builds)).toEqual(all);
    expect(sorted(summary.built)).toEqual(all);
    expect(builds.indexOf("marts.wide_student")).toBe(4);
    expect(builds.indexOf("marts.fct_student_school")).toBe(3);
    expect(world.wrong()).toEqual([]);
    expect([...world.warehouse.relations.keys()].sort()).toEqual(all);
  });

  test("is nothing when nothing changed", async () => {
    const world = await builtWorld();
    world.clock.advance(3_600_000);
    const summary = await refresh({ reason: "load" }, world.ports());
    expect(world.builds()).toEqual([]);
    expect(sorted(summary.fresh)).toEqual(all);
  });

  test("is what reads a changed endpoint, and no more", async () => {
    const world = await builtWorld();
    world.load("students", "two");
    const summary = await refresh({ reason: "load" }, world.ports());
    expect(world.builds()).toEqual(belowStudents);
    expect(sorted(summary.fresh)).toEqual(["ref.codes", "staging.stg_edfi__schools"]);
    expect(world.wrong()).toEqual([]);
  });

  test("is nothing when a load brought equal content", async () => {
    const world = await builtWorld();
    world.clock.advance(60_000);
    world.load("students", "one");
    await refresh({ reason: "load" }, world.ports());
    expect(world.builds()).toEqual([]);
  });

  test("is what another source of the same endpoint changes", async () => {
    const world = await builtWorld();
    world.load("students", "one", "d2");
    await refresh({ reason: "load" }, world.ports());
    expect(world.builds()).toEqual(belowStudents);
  });

  test("is a model whose SQL changed, with all below it", async () => {
    const world = await builtWorld();
    const changed = {
      path: "staging/edfi/stg_edfi__students",
      sql: "select lower(record_id) as id from current_edfi.students",
    };
    const next = world.redeploy(smallSchool.map((text) => (text.path === changed.path ? changed : text)));
    await refresh({ reason: "deploy" }, next.ports());
    expect(next.builds()).toEqual(belowStudents);
    expect(next.wrong()).toEqual([]);
  });

  test("is not a model of which only layout and comments changed", async () => {
    const world = await builtWorld();
    const tidier = smallSchool.map((text) => ({ ...text, sql: `-- tidier\n${text.sql.replaceAll(" ", "\n  ")}` }));
    const next = world.redeploy(tidier);
    await refresh({ reason: "deploy" }, next.ports());
    expect(next.builds()).toEqual([]);
  });
});

describe("a model waits", () => {
  test("E60 while an endpoint above it is on its way, and what needs it too, but nothing else", async () => {
    const world = createWorld();
    world.load("schools", "one");
    world.announce("students");
    const summary = await refresh({ reason: "load" }, world.ports());
    expect(sorted(world.builds())).toEqual(["ref.codes", "staging.stg_edfi__schools"]);
    expect(sorted(summary.waiting)).toEqual(sorted(belowStudents));
    expect(world.log.entries).toContainEqual({
      level: "info",
      message: "model waiting",
      fields: { model: "marts.wide_student", endpoint: "current_edfi.students" },
    });
    world.load("students", "one");
    world.arrive("students");
    await refresh({ reason: "load" }, world.ports());
    expect(world.builds()).toEqual(belowStudents);
    expect(world.wrong()).toEqual([]);
  });

  test("no longer than the mark is good", async () => {
    const world = createWorld();
    world.announce("students");
    world.clock.advance(600_001);
    const summary = await refresh({ reason: "schedule" }, world.ports());
    expect(summary.waiting).toEqual([]);
    expect(world.wrong()).toEqual([]);
  });

  test("not for a mark that cannot be read", async () => {
    const world = createWorld();
    world.control.put("in-flight/d1/students/2026.json", "{");
    const summary = await refresh({ reason: "schedule" }, world.ports());
    expect(summary.waiting).toEqual([]);
    expect(world.log.entries.map(({ message }) => message)).toContain("an in-flight mark cannot be read");
  });

  test("not when it is fresh", async () => {
    const world = await builtWorld();
    world.announce("students");
    const summary = await refresh({ reason: "schedule" }, world.ports());
    expect(sorted(summary.fresh)).toEqual(all);
  });

  test("not when a person asked for it", async () => {
    const world = await builtWorld();
    world.announce("students");
    world.clock.advance(1000);
    await refresh({ reason: "person", force: ["stg_edfi__students"] }, world.ports());
    expect(world.builds()).toEqual(["staging.stg_edfi__students"]);
  });
});

describe("a model that fails", () => {
  const fact = "marts.fct_student_school";

  test("E60 keeps its old table, stops its children, and is not tried again at the same version", async () => {
    const world = await builtWorld();
    const before = world.warehouse.relations.get(fact);
    world.load("students", "two");
    world.warehouse.failing.set(fact, { failing_0: 3 });
    const summary = await refresh({ reason: "load" }, world.ports());
    expect(summary.failed).toEqual([fact]);
    expect(summary.skipped).toEqual(["marts.wide_student"]);
    expect(world.warehouse.relations.get(fact)).toEqual(before);
    expect(world.control.json(`models/${fact}.json`)).toMatchObject({
      status: "failed",
      error: "Tests failed: unique_key (3 rows).",
      row_count: 10,
    });
    expect([...world.warehouse.relations.keys()].sort()).toEqual(all);
    world.builds();
    const again = await refresh({ reason: "load" }, world.ports());
    expect(again.failed).toEqual([fact]);
    expect(world.builds()).toEqual([]);
  });

  test("is tried again at the next version, and its children follow", async () => {
    const world = await builtWorld();
    world.load("students", "two");
    world.warehouse.failing.set(fact, { failing_0: 3 });
    await refresh({ reason: "load" }, world.ports());
    world.warehouse.failing.delete(fact);
    world.load("students", "three");
    await refresh({ reason: "load" }, world.ports());
    expect(world.wrong()).toEqual([]);
  });

  test("is tried again when a person asks, and its children follow", async () => {
    const world = await builtWorld();
    world.load("students", "two");
    world.warehouse.failing.set(fact, { failing_0: 3 });
    await refresh({ reason: "load" }, world.ports());
    world.warehouse.failing.delete(fact);
    world.clock.advance(1000);
    const summary = await refresh({ reason: "person", force: [fact] }, world.ports());
    expect(summary.built).toEqual([fact, "marts.wide_student"]);
    expect(world.wrong()).toEqual([]);
  });

  test("is recorded with the reason, without the values that the warehouse quotes", async () => {
    const world = createWorld();
    const message = `Could not cast literal "Ana Smith" to type DATE, nor 'Ben' at [3:14]`;
    world.warehouse.errors.set(fact, new PermanentError(message));
    const summary = await refresh({ reason: "load" }, world.ports());
    expect(summary.failed).toEqual([fact]);
    const [row] = world.warehouse.ledger.get("ops.builds")?.filter(({ model }) => model === fact) ?? [];
    expect(row).toMatchObject({
      status: "failed",
      error: `Could not cast literal "…" to type DATE, nor '…' at [3:14]`,
    });
    expect(JSON.stringify(world.log.entries)).not.toMatch(/Ana|Ben/);
  });

  test("fails when the SELECT and the header differ, naming every difference, before anything is built", async () => {
    const world = createWorld();
    world.warehouse.shapes.set("ref.codes", [
      { name: "code", type: "INTEGER" },
      { name: "id", type: "STRING" },
    ]);
    await refresh({ reason: "load" }, world.ports());
    expect(world.control.json("models/ref.codes.json")).toMatchObject({
      error:
        "The SELECT does not give what the header says: column 1 is id STRING in the header, code INT64 in it; " +
        "column 2 is missing in the header, id STRING in it",
    });
    expect(world.builds()).not.toContain("ref.codes");
  });

  test("does not fail when a test only warns", async () => {
    const world = createWorld({
      models: [
        {
          path: "ref/codes",
          sql: "select 'a' as id",
          header: "tests: [{accepted_values: {column: id, values: [b], severity: warn}}]",
        },
      ],
    });
    world.warehouse.failing.set("ref.codes", { failing_2: 4 });
    const summary = await refresh({ reason: "load" }, world.ports());
    expect(summary.built).toEqual(["ref.codes"]);
    expect(world.warehouse.ledger.get("ops.builds")).toMatchObject([{ failed_tests: 1, status: "succeeded" }]);
    expect(world.warehouse.ledger.get("ops.test_results")).toMatchObject([
      { test_id: "unique_key", status: "passed" },
      { test_id: "not_null.id", status: "passed" },
      { test_id: "accepted_values.id", severity: "warn", status: "failed", failing_rows: 4 },
    ]);
  });

  test.each([
    [10, 5, "built"],
    [10, 4, "failed"],
    [0, 0, "built"],
    [0, 7, "built"],
    [10, 0, "failed"],
  ])("guards the volume: from %i rows to %i it is %s", async (before, after, status) => {
    const world = createWorld();
    world.warehouse.rowCounts.set("staging.stg_edfi__students", before);
    await refresh({ reason: "load" }, world.ports());
    world.warehouse.rowCounts.set("staging.stg_edfi__students", after);
    world.load("students", "two");
    await refresh({ reason: "load" }, world.ports());
    expect(world.control.json("models/staging.stg_edfi__students.json")).toMatchObject({ status });
  });

  test("may lose rows when a person asks for it", async () => {
    const world = await builtWorld();
    world.warehouse.rowCounts.set("ref.codes", 1);
    world.clock.advance(1000);
    await refresh({ reason: "person", force: ["codes"] }, world.ports());
    expect(world.control.json("models/ref.codes.json")).toMatchObject({ status: "built", row_count: 1 });
  });
});

describe("a person", () => {
  test("forces what is selected and what reads it", async () => {
    const world = await builtWorld();
    world.clock.advance(1000);
    const summary = await refresh({ reason: "person", force: true, select: ["fct_student_school+"] }, world.ports());
    expect(summary.built).toEqual(["marts.fct_student_school", "marts.wide_student"]);
    expect(world.builds()).toEqual(["marts.fct_student_school", "marts.wide_student"]);
  });

  test("has the same message delivered twice without a second rebuild", async () => {
    const world = await builtWorld();
    world.clock.advance(1000);
    const request = { reason: "person", force: true, requestedAt: world.clock.now() };
    world.clock.advance(1000);
    await refresh(request, world.ports());
    expect(sorted(world.builds())).toEqual(all);
    world.clock.advance(1000);
    await refresh(request, world.ports());
    expect(world.builds()).toEqual([]);
  });

  test("builds one model from what is above it as it is; it stays stale until that is built", async () => {
    const world = await builtWorld();
    world.load("students", "two");
    world.clock.advance(1000);
    await refresh({ reason: "person", select: ["marts.wide_student"] }, world.ports());
    expect(world.builds()).toEqual(["marts.wide_student"]);
    await refresh({ reason: "load" }, world.ports());
    expect(world.builds()).toEqual(belowStudents);
    expect(world.wrong()).toEqual([]);
  });

  test("is told which selection makes no sense", async () => {
    const world = createWorld();
    await expect(refresh({ reason: "person", select: ["nobody", "+nothing"] }, world.ports())).rejects.toThrow(
      "The selection is not clear: there is no model nobody; there is no model nothing",
    );
  });
});

describe("the warehouse", () => {
  test("being away ends in a RetryableError after what runs is finished, and the next look goes on", async () => {
    let isAway = true;
    const world = createWorld({
      warehouse: {
        before: (_, sql) => {
          if (isAway && /stg_edfi__students__next/.test(sql)) throw new RetryableError("503");
        },
      },
    });
    await expect(refresh({ reason: "load" }, world.ports())).rejects.toThrow(RetryableError);
    expect(world.control.json("models/staging.stg_edfi__schools.json")).toMatchObject({ status: "built" });
    expect(world.control.json("models/marts.fct_student_school.json")).toBeNull();
    expect(world.control.objects.has("leases/refresh.json")).toBe(false);
    isAway = false;
    await refresh({ reason: "load" }, world.ports());
    expect(world.wrong()).toEqual([]);
  });

  test("being unwell stops the beginning of more builds", async () => {
    let calls = 0;
    const world = createWorld({
      models: Array.from({ length: 30 }, (_, index) => ({ path: `ref/r${index}`, sql: `select '${index}' as id` })),
      warehouse: {
        before: (call) => {
          if (call !== "dryRun") return;
          calls += 1;
          throw new RetryableError("503");
        },
      },
    });
    await expect(refresh({ reason: "load" }, world.ports({ parallelism: 4 }))).rejects.toThrow("503");
    expect(calls).toBeLessThan(10);
  });

  test("gets no new build after the deadline, and the summary asks for another message", async () => {
    const world = createWorld({
      warehouse: {
        after: (call) => {
          if (call === "dryRun") world.clock.advance(60_000);
        },
      },
    });
    const deadline = new Date(world.clock.now().getTime() + 90_000);
    const summary = await refresh({ reason: "load" }, world.ports({ deadline, parallelism: 1 }));
    expect(summary.continue).toBe(true);
    expect(summary.built).toHaveLength(2);
    let rest = summary;
    for (let message = 0; rest.continue && message < 5; message += 1) {
      rest = await refresh(
        { reason: "continue" },
        world.ports({ deadline: new Date(world.clock.now().getTime() + 90_000), parallelism: 1 }),
      );
    }
    expect(rest.continue).toBe(false);
    expect(world.wrong()).toEqual([]);
  });

  test("gets one build even when the deadline is over at once, so that the chain of messages ends", async () => {
    const world = createWorld();
    const deadline = new Date(0);
    let messages = 0;
    let summary = await refresh({ reason: "load" }, world.ports({ deadline, parallelism: 1 }));
    for (; summary.continue && messages < 10; messages += 1) {
      summary = await refresh({ reason: "continue" }, world.ports({ deadline, parallelism: 1 }));
    }
    expect(messages).toBe(4);
    expect(world.wrong()).toEqual([]);
  });

  test("works on as many models at once as it may, and on no more", async () => {
    let running = 0;
    let most = 0;
    const world = createWorld({
      models: Array.from({ length: 12 }, (_, index) => ({ path: `ref/r${index}`, sql: `select '${index}' as id` })),
      warehouse: {
        before: async (call) => {
          if (call !== "dryRun") return;
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
        },
        after: (call) => {
          if (call === "dryRun") running -= 1;
        },
      },
    });
    await refresh({ reason: "load" }, world.ports({ parallelism: 3 }));
    expect(most).toBe(3);
  });

  test("drops the old relation when the header puts it another way", async () => {
    const table = { path: "ref/codes", sql: "select 'a' as id" };
    const world = createWorld({ models: [table] });
    await refresh({ reason: "load" }, world.ports());
    const view = world.redeploy([{ ...table, header: "materialize: view" }]);
    await refresh({ reason: "deploy" }, view.ports());
    expect(view.warehouse.statements).toContain("drop table if exists ref.codes");
    expect(view.warehouse.relations.get("ref.codes")?.kind).toBe("view");
    const clustered = view.redeploy([{ ...table, header: "cluster: [id]" }]);
    await refresh({ reason: "deploy" }, clustered.ports());
    expect(clustered.warehouse.statements).toContain("drop view if exists ref.codes");
    expect(clustered.warehouse.relations.get("ref.codes")).toMatchObject({
      kind: "table",
      sql: expect.stringContaining("cluster by `id`"),
    });
  });

  test("is swept of tables that dead builds left, but not of people's tables", async () => {
    const world = createWorld();
    const left = { kind: "table", content: "", rowCount: 1, sql: "" } as const;
    world.warehouse.relations.set("marts.wide_student__next_0123abcd", left);
    world.warehouse.relations.set("marts.my_next", left);
    await refresh({ reason: "load" }, world.ports());
    expect([...world.warehouse.relations.keys()].sort()).toEqual(sorted([...all, "marts.my_next"]));
  });
});

test("a delivery model that was built is announced", async () => {
  const world = createWorld({
    models: [{ path: "delivery/grades", sql: "select record_id as id from current_edfi.students" }],
  });
  await refresh({ reason: "load" }, world.ports());
  expect(world.published).toEqual([{ v: 1, model: "delivery.grades" }]);
  await refresh({ reason: "load" }, world.ports());
  expect(world.published).toHaveLength(1);
});

test("a model that reads the day is rebuilt when the day changes where the deployment is", async () => {
  const world = createWorld({
    models: [{ path: "marts/dim_date", sql: "select cast(current_date() as string) as id" }],
  });
  await refresh({ reason: "load" }, world.ports());
  world.builds();
  world.clock.advance(90 * 60_000); // 23:30 in Chicago
  await refresh({ reason: "schedule" }, world.ports());
  expect(world.builds()).toEqual([]);
  world.clock.advance(31 * 60_000);
  await refresh({ reason: "schedule" }, world.ports());
  expect(world.builds()).toEqual(["marts.dim_date"]);
});

test("a model whose file is gone keeps its table", async () => {
  const world = await builtWorld();
  const models = world.models.filter(({ name }) => name !== "marts.wide_student");
  await refresh({ reason: "deploy" }, world.ports({ models }));
  expect(world.warehouse.relations.has("marts.wide_student")).toBe(true);
});

test("the ledger has one row per build", async () => {
  const world = createWorld();
  await refresh({ reason: "load" }, world.ports());
  const rows = world.warehouse.ledger.get("ops.builds") ?? [];
  expect(rows).toHaveLength(5);
  expect(rows[0]).toMatchObject({ status: "succeeded", row_count: 10, failed_tests: 0, bytes_processed: 1000 });
  expect(world.warehouse.tables.map(({ table }) => table)).toEqual(["builds", "test_results"]);
  expect([...world.warehouse.datasets].sort()).toEqual(["marts", "ops", "ref", "staging"]);
});
