import { closeExport } from "../connector/export-pages.ts";
import { NoTurn } from "../connector/gate.ts";
import { canChangeSize, type Page, pagePast, readPage, StuckAtRecord } from "../connector/page.ts";
import { recordsPlace } from "../connector/page-body.ts";
import { type Collection, pagingOf } from "../connector/plan.ts";
import { freeRecords } from "../connector/records.ts";
import { Refusal } from "../connector/refusal.ts";
import { afterPage } from "../connector/step-on.ts";
import { keysAt, type Walk } from "../connector/walk.ts";
import { changesOf } from "../connector/window-parameters.ts";
import { objectNames, type Place } from "../control/place.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Checkpoint, CheckpointKeeper } from "./checkpoint.ts";
import { heldTogether, type LineRules, lineMaker } from "./line.ts";
import { PartWriter } from "./part-writer.ts";
import { withParents } from "./with-parents.ts";

export interface WalkPorts {
  readonly landing: ObjectStore;
  readonly clock: Clock;
  /** Uncompressed bytes at which a part is closed. */
  readonly partBytes: number;
  /** When to stop and leave the rest to a continuation (milliseconds since the epoch). */
  readonly deadline: number;
  /** Aborted when the run cannot go on: another walk was refused, or another attempt has taken over. */
  readonly halt: AbortSignal;
  /** Renews the lease when it is time. @throws ConflictError when somebody else has taken it over */
  readonly keepLease: () => Promise<void>;
}

/** Limit of pages of one walk, over all hops: far above any real endpoint, so that a source that repeats itself is noticed. */
const pagesMax = 1_000_000;

function assertNotEndless(walk: Walk): void {
  if (walk.pages < pagesMax) return;
  throw new PermanentError(
    `The source gave ${walk.pages} pages of one walk, ${walk.rows} records, and no end: it may be giving the same ones again and again. Ask its host`,
    { path: new URL(walk.url).pathname },
  );
}

function rulesOf(collection: Collection, walk: Walk, to: string | null): LineRules {
  const { connector, endpoint, name } = collection;
  const changes = changesOf(collection);
  if (walk.op !== "upsert" && changes.type === "change_versions") {
    const feed = walk.op === "delete" ? changes.deletes : changes.key_changes;
    if (feed)
      return { op: walk.op, idPaths: feed.id, keyPaths: endpoint.key, changeVersion: { at: feed.change_version } };
  }
  const { id } = recordsPlace(connector, name);
  const partPath = endpoint.replaces;
  return { op: walk.op, idPaths: id ? [id] : undefined, keyPaths: endpoint.key, changeVersion: to, partPath };
}

/** The next page's size: a source that was too slow for large pages a while ago may be well again. */
function nextSize(
  collection: Collection,
  walk: Walk,
  page: Page,
  { asked, elapsedMs, timeoutMs }: { asked: number; elapsedMs: number; timeoutMs: number },
): number {
  if (walk.position && !canChangeSize(walk.position, pagingOf(collection))) return page.size;
  const isQuick = page.size === asked && elapsedMs < timeoutMs / 8;
  return isQuick ? Math.min(page.sizeMax, page.size * 2) : page.size;
}

/** So many records may be left out of one run: a source that fails at more is unwell, and not its records. */
const skippedMax = 20;

/** Whether a record that the source cannot give may be left out. A deletion may not: its row would live on. */
export function maySkip({ source }: Collection, { walks }: Checkpoint, { op, skipped }: Walk): boolean {
  const sofar = walks.reduce((sum, walk) => sum + walk.skipped.length, skipped.length);
  return source.unreadable_records === "skip" && op === "upsert" && sofar < skippedMax;
}

/**
 * Walks one sequence of pages from where the checkpoint left it, writing parts and saving the checkpoint as each is closed.
 * When the source fails, what was read before is kept. A feed of changes that the credentials may not read is noted and left out.
 * @returns whether the walk is finished (false: the deadline came first, or the run was halted)
 */
export async function runWalk(
  index: number,
  place: Place,
  collection: Collection,
  keeper: CheckpointKeeper,
  ports: WalkPorts,
): Promise<boolean> {
  const { landing, clock, partBytes, deadline, halt, keepLease } = ports;
  const { state } = keeper;
  const saved = state.walks[index];
  if (!saved?.position) return true;
  const walk: Walk = { ...saved };
  const context = {
    sourceId: place.source,
    schoolYear: place.schoolYear,
    runId: state.run_id,
    runStartedAt: state.run_started_at,
  };
  const makeLines = lineMaker(context, rulesOf(collection, walk, state.window.to));
  let writer: PartWriter | undefined;
  // Counted once: this walk is the only one that adds to them.
  let ordinal = state.parts.filter((part) => part.name.includes(`/part-${pad(index, 3)}-`)).length;

  const closePart = async (): Promise<void> => {
    const part = writer && writer.rows > 0 ? await writer.close() : undefined;
    writer = undefined;
    await keeper.save((checkpoint) => {
      checkpoint.walks[index] = { ...walk };
      if (part) checkpoint.parts.push(part);
    });
    if (part) ordinal += 1;
  };

  const partName = (): string =>
    objectNames.part(place, state.run_id, `${pad(index, 3)}-${pad(ordinal, 5)}-${state.attempt}`);

  /** Undefined when the source was busy with others until the deadline. */
  const nextPage = async (): Promise<Page | undefined> => {
    try {
      return await readPage(collection, walk);
    } catch (error) {
      const past =
        error instanceof StuckAtRecord && maySkip(collection, state, walk) ? pagePast(error, walk) : undefined;
      if (past) return past;
      if (error instanceof NoTurn) return undefined;
      if (error instanceof RetryableError && walk.pages > (state.walks[index]?.pages ?? 0)) await closePart();
      throw error;
    }
  };

  try {
    while (walk.position && !halt.aborted) {
      if (clock.now().getTime() >= deadline) {
        await closePart();
        return false;
      }
      assertNotEndless(walk);
      await keepLease();
      const startedAt = clock.now().getTime();
      const page = await nextPage();
      if (!page) {
        await closePart();
        return false;
      }
      const now = clock.now();
      if (page.records.length > 0) {
        writer ??= new PartWriter(landing, partName());
        const lines = makeLines(withParents(page.records, keysAt(walk)), now.toISOString());
        freeRecords(page.records);
        await writer.write(lines, page.records.length);
        if (makeLines.parts.size > 0) walk.held = heldTogether(walk.held, makeLines.parts);
      }
      const timeoutMs = collection.source.timeout_seconds * 1000;
      const asked = walk.size;
      afterPage(collection, walk, page);
      walk.size = nextSize(collection, walk, page, { asked, elapsedMs: now.getTime() - startedAt, timeoutMs });
      walk.size_max = page.sizeMax;
      if (!walk.position || (writer && writer.bytes >= partBytes)) await closePart();
    }
    writer?.abandon();
    return walk.position === null;
  } catch (error) {
    writer?.abandon();
    if (!(error instanceof Refusal) || walk.op === "upsert") throw error;
    await keeper.save((checkpoint) => {
      checkpoint.walks[index] = { ...(checkpoint.walks[index] ?? saved), position: null };
      if (walk.op === "delete") checkpoint.deletes_unavailable = true;
    });
    return true;
  } finally {
    await closeExport(walk);
  }
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, "0");
}
