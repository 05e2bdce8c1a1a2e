import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { isByYear, selectByYear, yearsToBuild } from "./by-year.ts";
import { claimBuild, startAfresh } from "./claim.ts";
import type { Closing } from "./closing.ts";
import { layoutText } from "./layout.ts";
import type { Model } from "./model.ts";
import {
  judge,
  stoppingTests,
  type TestResult,
  testQuery,
  type VolumeBaseline,
  type YearCounts,
} from "./model-tests.ts";
import { reasonOf } from "./reason.ts";
import { shapeDifference } from "./shape.ts";
import { type Attempt, invalidate, isForced, type ModelState, settleState, type VersionedState } from "./state.ts";
import { createTable, createView, dropRelation, nextTable, swapTable } from "./statements.ts";
import type { Version, YearContent } from "./versions.ts";

export interface BuildPorts {
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly log: Log;
  readonly deliver?: Topic | undefined;
  /** Marks columns of a table as personal, so that the warehouse shows them to few. Left out where there is no such mark. */
  readonly markPersonal?: ((table: string, columns: readonly string[]) => Promise<void>) | undefined;
  /** Writes builds into the ledger and drops what they leave behind, several in one go. */
  readonly close: (closing: Closing) => Promise<void>;
  /** Makes sure that we still hold the lease. @throws ConflictError when another refresher has taken over */
  readonly fence: () => Promise<void>;
}

/** A model to build, the version it will have, and its state as it was read. */
export interface BuildTask {
  readonly model: Model;
  readonly version: Version;
  readonly found: VersionedState;
  /** Models that are made of this one, each after what it reads. */
  readonly below: readonly string[];
  /** What its first input holds by source and school year, where that is an endpoint. */
  readonly contents: readonly YearContent[] | undefined;
}

interface Outcome {
  readonly rowCount: number | null;
  readonly years?: YearCounts | undefined;
  readonly bytes: number;
  readonly results: readonly TestResult[];
  /** Why the old table stays; undefined when the new one is in its place. */
  readonly error: string | undefined;
}

/** A build whose outcome is in the warehouse; what is left is to write it down. */
export interface Building {
  readonly kind: "built" | "failed";
  /** Resolves when the ledger and the state have it. Models that read this one need not wait for it. */
  readonly settled: Promise<void>;
}

/**
 * Builds one model: checks its shape, builds it beside the old table, tests it, and only then puts it in its place.
 *
 * The order of the writes makes a death between any two of them harmless. The attempt is written first, with the id from
 * which all job ids are derived: whoever comes next takes it up and finds each job done or does it. The state that says
 * "built" is written last, after the swap, the delivery message and the ledger, so none of these can be missing once it
 * is there. What dies before leaves the model stale, and the next look builds it.
 * @throws RetryableError when the warehouse or the control bucket cannot answer for now
 */
export async function buildModel(
  task: BuildTask,
  models: ReadonlyMap<string, Model>,
  ports: BuildPorts,
): Promise<Building> {
  const first = await claimBuild(task, ports);
  const { attempt, outcome } = await construct(task, first, models, ports);
  const kind = outcome.error === undefined ? "built" : "failed";
  return { kind, settled: settle(task, attempt, outcome, ports) };
}

async function settle(task: BuildTask, attempt: Attempt, outcome: Outcome, ports: BuildPorts): Promise<void> {
  const { model } = task;
  const isBuilt = outcome.error === undefined;
  // Before the message: a delivery that begins after this time has looked at this build.
  const finishedAt = ports.clock.now();
  if (isBuilt && model.dataset === "delivery") await ports.deliver?.publish({ v: 1, model: model.name });
  const seconds = (finishedAt.getTime() - Date.parse(attempt.started_at)) / 1000;
  await ports.close({
    record: {
      buildId: attempt.build_id,
      model: model.name,
      version: task.version.version,
      status: isBuilt ? "succeeded" : "failed",
      rowCount: outcome.rowCount,
      seconds,
      bytes: outcome.bytes,
      startedAt: attempt.started_at,
      finishedAt: finishedAt.toISOString(),
      error: outcome.error ?? null,
      tests: outcome.results,
    },
    leftovers: leftoversOf(task, attempt),
  });
  const isSettled = await settleState(ports.control, model.name, attempt.build_id, (state) =>
    settled(task, attempt, outcome, state, finishedAt.toISOString()),
  );
  if (!isSettled) return yieldToOther(task, isBuilt, ports);
  report(task, outcome, seconds, ports.log);
}

/** The tables beside the model: of this attempt, and of one that it superseded. */
function leftoversOf({ model, found }: BuildTask, attempt: Attempt): string[] {
  if (model.header.layout.materialize === "view") return [];
  const older = found.state.attempt?.build_id;
  const builds = older === undefined || older === attempt.build_id ? [attempt.build_id] : [attempt.build_id, older];
  return builds.map((build) => nextTable(model, build));
}

/**
 * We were held up so long that another refresher took our place, and our swap may have come after its own: the table
 * may be older than its state says. So it is built once more, and so is what the other may have made of it meanwhile. Parents
 * come first: a child that was built anew before its parent would keep the old rows.
 */
async function yieldToOther(task: BuildTask, hasSwapped: boolean, { control, clock }: BuildPorts): Promise<never> {
  const { model, below } = task;
  if (hasSwapped) {
    for (const name of [model.name, ...below]) await invalidate(control, name, clock.now());
  }
  throw new RetryableError("Another refresher has taken over the build of this model", { model: model.name });
}

/**
 * Builds, tests and swaps. What fails for good in an attempt that was taken up from a dead one is tried once more from the
 * beginning: the cause may be that what it left behind is gone.
 */
async function construct(
  task: BuildTask,
  attempt: Attempt,
  models: ReadonlyMap<string, Model>,
  ports: BuildPorts,
): Promise<{ attempt: Attempt; outcome: Outcome }> {
  try {
    return { attempt, outcome: await tryConstruct(task, attempt.build_id, models, ports) };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    if (attempt.resumed > 0) {
      const afresh = await startAfresh(task, attempt, ports);
      return construct(task, afresh, models, ports);
    }
    return { attempt, outcome: { rowCount: null, bytes: 0, results: [], error: reasonOf(error) } };
  }
}

/**
 * What is built, once a dry run has taken it: rows of the years that changed beside those that the table has; or all rows, also when the table
 * has not got what it should have (somebody dropped it, say).
 */
async function tryOut(
  { model, found, contents }: BuildTask,
  { warehouse, log }: BuildPorts,
): Promise<{ readonly select: string } & Awaited<ReturnType<BuildPorts["warehouse"]["dryRun"]>>> {
  const years = yearsToBuild(model, found.state, contents);
  if (years) {
    const select = selectByYear(model, years);
    try {
      return { select, ...(await warehouse.dryRun(select)) };
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      log.info("model is built whole, because its table could not be built on", { model: model.name });
    }
  }
  return { select: model.sql, ...(await warehouse.dryRun(model.sql)) };
}

async function tryConstruct(
  task: BuildTask,
  buildId: string,
  models: ReadonlyMap<string, Model>,
  ports: BuildPorts,
): Promise<Outcome> {
  const { model, found } = task;
  const { warehouse } = ports;
  const { select, fields, bytes } = await tryOut(task, ports);
  const difference = shapeDifference(model, fields);
  if (difference !== undefined) return { rowCount: null, bytes, results: [], error: difference };

  const run = (step: string, sql: string) =>
    warehouse.query(sql, { jobId: `refresh-${buildId}-${step}`, labels: labelsOf(model) });
  const isView = model.header.layout.materialize === "view";
  const next = nextTable(model, buildId);
  if (!isView) {
    await run("create", createTable(model, next, select));
    await markColumns(model, next, ports);
  }
  const [row = {}] = await run("tests", testQuery(model, models, isView ? `(\n${model.sql}\n)` : next));
  const { rowCount, years, results } = judge(model, models, row, baselineOf(found.state));
  const error = stoppingTests(results);
  if (error === undefined) {
    await ports.fence();
    await replace(model, found.state, isView ? createView(model) : swapTable(model, next), run);
    // The swap takes the marks along; this is for the day on which it does not.
    if (!isView) await markColumns(model, model.name, ports);
  }
  return { rowCount, years, bytes, results, error };
}

/** Marks the personal columns of a table. It is done before anybody else knows the table, and again by whoever takes a dead build up. */
async function markColumns({ header }: Model, table: string, { markPersonal }: BuildPorts): Promise<void> {
  const personal = header.columns.filter(({ pii }) => pii).map(({ name }) => name);
  if (personal.length > 0) await markPersonal?.(table, personal);
}

/** The rows of the last good build. A rebuild that a person asked for is not held against them. */
function baselineOf(state: ModelState): VolumeBaseline | undefined {
  const { row_count: rowCount, years } = state.table ?? {};
  return isForced(state) || rowCount === undefined || rowCount === null ? undefined : { rowCount, years };
}

/** Puts the new rows in the place of the old. BigQuery replaces only what lies the same way, so what does not is dropped. */
async function replace(
  model: Model,
  state: ModelState,
  statement: string,
  run: (step: string, sql: string) => Promise<unknown>,
): Promise<void> {
  const before = state.table?.layout;
  const drop = dropRelation(before === "view" ? "view" : "table", model.name);
  if (before !== undefined && before !== layoutText(model.header.layout)) await run("drop", drop);
  try {
    await run("swap", statement);
  } catch (error) {
    // The state may know nothing of what is there (a new control bucket); the warehouse does.
    const kind = error instanceof PermanentError ? kindInTheWay(error.message) : undefined;
    if (kind === undefined) throw error;
    await run("drop-other", dropRelation(kind, model.name));
    await run("swap-again", statement);
  }
}

/** What BigQuery says stands where the new table or view shall be, and cannot be replaced by it. */
function kindInTheWay(message: string): "table" | "view" | undefined {
  if (/different (partitioning|clustering) spec/i.test(message)) return "table";
  const [, kind] = /currently a (table|view)/i.exec(message) ?? [];
  return kind === undefined ? undefined : kind.toLowerCase() === "view" ? "view" : "table";
}

function settled(task: BuildTask, attempt: Attempt, outcome: Outcome, state: ModelState, now: string): ModelState {
  const { model, version } = task;
  const { attempt: _, error: __, forced_at: forcedAt, ...rest } = state;
  const isBuilt = outcome.error === undefined;
  const table = isBuilt
    ? {
        version: version.version,
        build_id: attempt.build_id,
        built_at: now,
        row_count: outcome.rowCount,
        ...(outcome.years && { years: outcome.years }),
        layout: layoutText(model.header.layout),
        ...(task.contents && isByYear(model) ? { definition: model.definition, contents: [...task.contents] } : {}),
      }
    : state.table;
  return {
    ...rest,
    version: version.version,
    status: isBuilt ? "built" : "failed",
    built_at: now,
    build_id: attempt.build_id,
    started_at: attempt.started_at,
    row_count: table?.row_count ?? null,
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    definition: model.definition,
    inputs: version.inputs,
    ...(table ? { table } : {}),
    ...(forcedAt !== undefined && forcedAt > attempt.started_at ? { forced_at: forcedAt } : {}),
  };
}

/** Labels take a-z, 0-9, - and _, 63 of them. */
function labelsOf(model: Model): Record<string, string> {
  return { job: "refresh", model: model.name.replaceAll(".", "-").slice(0, 63) };
}

function report({ model }: BuildTask, outcome: Outcome, seconds: number, log: Log): void {
  for (const { testId, severity, status, failingRows } of outcome.results) {
    if (severity !== "warn" || status !== "failed") continue;
    log.warn("model test failed", { model: model.name, test_id: testId, failing_rows: failingRows });
  }
  if (outcome.error !== undefined) log.error("model failed", { model: model.name, error: outcome.error, seconds });
  else log.info("model built", { model: model.name, rows: outcome.rowCount ?? 0, seconds });
}
