import { type Contested, Duplicates } from "./duplicates.ts";
import { throughLanes } from "./lanes.ts";
import type { Status } from "./outcome.ts";
import type { DeliveredResource, PendingRow, Position, Scope } from "./payloads.ts";
import { lookUpDescriptors, missingDescriptors, type Prepared, prepare } from "./prepare.ts";
import { decide, isOver, lanesOf, outcomeOf, type Run, type Year } from "./run.ts";
import { sendUntilAnswered } from "./sending.ts";

/** Records that are announced in the journal at once, for each lane: enough that nobody waits for the next announcement. */
export const announcedPerLane = 32;
/** Outcomes that may be unwritten, for each lane. They and the requests under way are what a death makes to be sent twice. */
export const unwrittenPerLane = 8;
/** Pages of rows that one resource takes at most. */
const pagesMax = 100_000;
/** Rows of a first page: nobody knows yet how large they are, and the first record need not wait for the thousandth. */
const firstRows = 500;
/** What the payloads of a page should come to, and the rows that it has however large they are. */
const pageCharacters = 8 * 1024 * 1024;
const leastRows = 10;

/** What is sent of one resource in one round. */
interface Sending {
  readonly run: Run;
  readonly year: Year;
  readonly scope: Scope;
  readonly round: 1 | 2;
  readonly duplicates: Duplicates;
}

/** Rows of a resource, looked over. */
interface Page {
  readonly rows: readonly PendingRow[];
  /** Whether others may follow. */
  readonly isFull: boolean;
  /** What is to be sent, if nothing speaks against it. */
  readonly toSend: Contested;
  /** Rows of which what is known stands. */
  readonly held: readonly Prepared[];
}

/** Sends what one resource has to send, page by page. @returns whether it came to its end */
export async function deliverResource(
  resource: DeliveredResource,
  year: Year,
  round: 1 | 2,
  run: Run,
): Promise<boolean> {
  const scope: Scope = { ...resource, schoolYear: year.schoolYear };
  const duplicates = year.duplicates.get(resource.resource) ?? new Duplicates(scope, run.payloads);
  year.duplicates.set(resource.resource, duplicates);
  const sending: Sending = { run, year, scope, round, duplicates };
  let coming = readPage(undefined, Math.min(firstRows, run.pageRows), sending);
  for (let count = 0; count < pagesMax; count += 1) {
    const page = await coming;
    if (isOver(run)) return false;
    const last = page.rows.at(-1);
    if (!page.isFull || last === undefined) {
      await sendPage(page, sending);
      return !isOver(run);
    }
    // The next page is read while this one is sent. Where that fails meanwhile, the wait for it above says so.
    coming = readPage(last, nextRows(page, run.pageRows), sending);
    coming.catch(() => undefined);
    await sendPage(page, sending);
  }
  return false;
}

/** How many rows the next page has: as many as go into memory, if they are as large as those of this one. */
function nextRows({ rows }: Page, most: number): number {
  const characters = rows.reduce((sum, { payload }) => sum + payload.length, 0);
  const fitting = Math.floor(pageCharacters / Math.max(1, characters / rows.length));
  return Math.min(most, Math.max(leastRows, fitting));
}

async function readPage(after: Position | undefined, limit: number, sending: Sending): Promise<Page> {
  const { run, year, scope, round, duplicates } = sending;
  const rows = await run.payloads.pending(scope, after, limit);
  const context = { delivery: run.delivery, target: year.target, relations: year.relations };
  const toSend: Prepared[] = [];
  const held: Prepared[] = [];
  for (const row of rows) {
    const decision = decide(row, round, run);
    if (decision !== "skip") (decision === "send" ? toSend : held).push(prepare(scope.resource, row, context));
  }
  return { rows, isFull: rows.length >= limit, toSend: await duplicates.contested(toSend), held };
}

async function sendPage({ toSend, held }: Page, sending: Sending): Promise<void> {
  const { year, scope, duplicates } = sending;
  for (const one of held) hold(one, sending);
  const { winners, losers } = duplicates.part(toSend);
  for (const one of losers) await setAside(one, sending);
  if (year.stopped.has(scope.resource)) {
    for (const one of winners) hold(one, sending);
    return;
  }
  for (const level of levelsOf(winners, scope.resource)) await sendLevel(level, sending);
}

/** A row that is the same record as another one, which is sent: said once, and again when its payload changes. */
async function setAside(one: Prepared, sending: Sending): Promise<void> {
  const { last, payloadHash } = one.row;
  if (last?.status === "duplicate" && last.payloadHash === payloadHash) return hold(one, sending);
  await settle(one, sending, {
    status: "duplicate",
    problems: [{ path: "$", reason: "another row is the same record to the target" }],
  });
}

/** What is known of a row stands. Records that refer to it need to know when the target does not have it. */
function hold({ row, key }: Prepared, { year, scope, run }: Sending): void {
  year.heldCount += 1;
  const { last } = row;
  const isParked = last?.runId === run.runId && last.attempt === 1 && waits(last.status);
  if (isParked) year.hasParked = true;
  const why = year.stopped.get(scope.resource) ?? last?.status ?? "not sent";
  // Of a duplicate the target has the record: that of the row which is sent.
  if (!row.isThere && why !== "duplicate") year.lacks(scope.resource, key, { why, mayCome: isParked });
}

/** Whether an outcome of the first round is looked at again in the second. */
function waits(status: Status): boolean {
  return status === "unresolved" || status === "blocked";
}

/** Rows that refer to each other (an objective below an objective) one after the other: each after those it refers to. */
function levelsOf(rows: readonly Prepared[], resource: string): Prepared[][] {
  const own = new Map(rows.flatMap((one) => (one.key === undefined ? [] : [[one.key, one] as const])));
  const depths = new Map<Prepared, number>();
  const depthOf = (one: Prepared, path: ReadonlySet<Prepared>): number => {
    const known = depths.get(one);
    if (known !== undefined) return known;
    const parents = one.refersTo.flatMap((to) => (to.resource === resource ? (own.get(to.key) ?? []) : []));
    // A circle cannot be sent in any order; the target says what it thinks of it.
    const above = parents.filter((parent) => parent !== one && !path.has(parent));
    const depth = Math.max(-1, ...above.map((parent) => depthOf(parent, new Set([...path, one])))) + 1;
    depths.set(one, depth);
    return depth;
  };
  const levels: Prepared[][] = [];
  for (const one of rows) {
    const depth = one.refersTo.some((to) => to.resource === resource) ? depthOf(one, new Set()) : 0;
    const level = levels[depth] ?? [];
    level.push(one);
    levels[depth] = level;
  }
  return levels.filter((level) => level !== undefined);
}

async function sendLevel(level: readonly Prepared[], sending: Sending): Promise<void> {
  const { run, scope, year } = sending;
  const ready: Prepared[] = [];
  await lookUpDescriptors(
    level,
    { delivery: run.delivery, target: year.target, relations: year.relations },
    run.sending.slot,
  );
  for (const one of level) {
    if (await isFit(one, sending)) ready.push(one);
  }
  const lanes = lanesOf(run);
  const left = await throughLanes(ready, {
    lanes,
    ahead: lanes * announcedPerLane,
    announce: (rows) => run.journal.intend(rows.map((one) => intentOf(one, scope))),
    work: (one) => send(one, sending),
    isOver: () => isOver(run) || year.stopped.has(scope.resource),
  });
  for (const one of left) hold(one, sending);
  if (left.length > 0) await run.journal.withdraw(left.map(({ row }) => intentOf({ row, identity: undefined }, scope)));
}

function intentOf({ row, identity }: Pick<Prepared, "row" | "identity">, { resource, schoolYear }: Scope) {
  const { recordKey, payloadHash } = row;
  return {
    resource,
    schoolYear,
    recordKey,
    op: "upsert" as const,
    payloadHash,
    ...(identity ? { naturalKey: identity } : {}),
  };
}

/** Whether a record can be sent at all: it is what the target takes, and what it refers to is there. */
async function isFit(one: Prepared, sending: Sending): Promise<boolean> {
  const { run, year } = sending;
  const problems = [
    ...one.problems,
    ...(await missingDescriptors(one, { delivery: run.delivery, target: year.target, relations: year.relations })),
  ];
  if (problems.length > 0) {
    await settle(one, sending, { status: "rejected", problems });
    return false;
  }
  for (const { resource, key } of one.refersTo) {
    const missing = key === one.key ? undefined : year.missing(resource, key);
    if (missing === undefined) continue;
    const reason = `a record of ${resource} that it refers to is not delivered (${missing.why})`;
    const isKnown = one.row.last?.status === "blocked" && one.row.last.payloadHash === one.row.payloadHash;
    // Said once: a parent that stays away must not fill the ledger with its children at every run.
    if (isKnown && !missing.mayCome && sending.round === 1) hold(one, sending);
    else await settle(one, sending, { status: "blocked", problems: [{ path: "$", reason }] });
    return false;
  }
  return true;
}

type Settling = Pick<Parameters<typeof outcomeOf>[3], "status" | "problems" | "httpStatus">;

/** Writes down what came of a record that was not sent, or was refused. */
async function settle(one: Prepared, { run, year, scope, round }: Sending, settling: Settling): Promise<void> {
  const mayCome = round === 1 && waits(settling.status);
  if (mayCome) year.hasParked = true;
  if (!one.row.isThere && settling.status !== "duplicate") {
    year.lacks(scope.resource, one.key, { why: settling.status, mayCome });
  }
  await run.journal.record(
    outcomeOf(scope, one.row, run.clock, {
      ...settling,
      attempt: round,
      ...(one.identity ? { naturalKey: one.identity } : {}),
    }),
  );
}

async function send(one: Prepared, sending: Sending): Promise<void> {
  const { run, year, scope, round } = sending;
  const { resource } = scope;
  const result = await sendUntilAnswered(
    () => year.target.post(resource, one.text),
    { resource, op: "upsert", isWanted: () => !year.stopped.has(resource) && !run.sending.breaker.isOpen },
    run.sending,
  );
  if (result.kind === "postponed") {
    if (result.wasSent) return settle(one, sending, { status: "interrupted" });
    hold(one, sending);
    return run.journal.withdraw([intentOf(one, scope)]);
  }
  if (result.kind === "done") {
    year.has(resource, one.key);
    year.taken(resource);
    const naturalKey = one.identity ? { naturalKey: one.identity } : {};
    const { status, httpStatus } = result;
    return run.journal.record(
      outcomeOf(scope, one.row, run.clock, { status, httpStatus, attempt: round, ...naturalKey }),
    );
  }
  year.refused(resource, result.about, result.status);
  await settle(one, sending, { status: result.status, httpStatus: result.httpStatus, problems: result.problems });
}
