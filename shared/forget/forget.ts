import { createHash } from "node:crypto";
import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import { readJson, writeJson } from "../control/json-object.ts";
import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore, StreamedStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { graphOf } from "../refresh/graph.ts";
import type { Model } from "../refresh/model.ts";
import { currentDataset } from "../warehouse/tables.ts";
import { type FoundPart, findParts, scrubPart } from "./landing.ts";
import {
  deleteLedgerRows,
  deleteRawRows,
  type FoundRows,
  findLedgerRows,
  findModelRows,
  findRawRows,
  renewFingerprints,
} from "./rows.ts";
import { assertNamesStudents, type Student, wordPattern } from "./student.ts";
import { underWay } from "./under-way.ts";

export interface ForgetPorts {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly models: readonly Model[];
  readonly landing: StreamedStore;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly refreshTopic: Topic;
  /** Takes the dead letters away whose text this accepts, or only counts them. @returns how many there were */
  readonly deadLetters: (isMeant: (text: string) => boolean, take: boolean) => Promise<number>;
  readonly clock: Clock;
}

/** What there is of a student. */
export interface Findings {
  readonly parts: readonly FoundPart[];
  readonly raw: readonly (FoundRows & { readonly endpoint: string })[];
  readonly models: readonly FoundRows[];
  readonly ledger: readonly FoundRows[];
  readonly deadLetters: number;
}

const journalSchema = z.object({ v: z.literal(1), since: z.string(), endpoints: z.array(z.string()) });

/** Which student a journal is about is told by nobody who does not know the number. */
function journalName({ source, number }: Student): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([source, number.trim().toLowerCase()]))
    .digest("hex");
  return `forgetting/${source}/${hash.slice(0, 24)}.json`;
}

/** Whether an earlier attempt at this student died half-way. */
export async function isHalfForgotten(student: Student, { control }: Pick<ForgetPorts, "control">): Promise<boolean> {
  return (await control.stat(journalName(student))) !== undefined;
}

function letterTest({ number }: Student): (text: string) => boolean {
  const pattern = new RegExp(wordPattern(number).replace("(?i)", ""), "i");
  return (text) => pattern.test(text);
}

/** Looks for a student wherever their data may be, and changes nothing. @throws PermanentError where the connector names no students */
export async function findStudent(student: Student, ports: ForgetPorts): Promise<Findings> {
  assertNamesStudents(student.connector);
  return {
    parts: await findParts(ports.landing, student),
    raw: await findRawRows(ports.warehouse, student),
    models: await findModelRows(ports.warehouse, student),
    ledger: await findLedgerRows(ports.warehouse, student),
    deadLetters: await ports.deadLetters(letterTest(student), false),
  };
}

/** Pauses between looks at what is on its way. */
const lookMs = 10_000;

/** Waits until nothing of the source is on its way. @throws RetryableError naming what still is when the time is up */
export async function awaitQuiet(source: string, ports: ForgetPorts, waitMs: number): Promise<void> {
  const until = ports.clock.now().getTime() + waitMs;
  for (;;) {
    const open = await underWay(source, ports);
    if (open.length === 0) return;
    if (ports.clock.now().getTime() >= until) {
      throw new RetryableError(
        `${open.length} runs of ${source} are on their way and could bring rows again: ${open.slice(0, 5).join(", ")}${open.length > 5 ? ", …" : ""}. Wait for them, or say --wait`,
      );
    }
    await ports.clock.sleep(Math.min(lookMs, Math.max(0, until - ports.clock.now().getTime())));
  }
}

/** The models that are made of endpoints, each after what it reads. */
function modelsOf(endpoints: Iterable<string>, { connector }: Student, models: readonly Model[]): string[] {
  const graph = graphOf(models);
  const relations = new Set([...endpoints].map((endpoint) => `${currentDataset(connector.connector)}.${endpoint}`));
  return graph.models
    .map(({ name }) => name)
    .filter((name) => [...graph.endpoints(name)].some((each) => relations.has(each)));
}

/** Keeps in control which endpoints are touched, so that an attempt that dies half-way is gone on with by the next. */
async function openJournal(
  student: Student,
  findings: Findings,
  { control, clock }: ForgetPorts,
): Promise<readonly string[]> {
  const name = journalName(student);
  const { value, generation } = await readJson(control, name, journalSchema);
  const found = [...findings.raw.map(({ endpoint }) => endpoint), ...findings.parts.map(({ run }) => run.endpoint)];
  const endpoints = [...new Set([...(value?.endpoints ?? []), ...found])].sort();
  const since = value?.since ?? clock.now().toISOString();
  if (endpoints.length > 0) await writeJson(control, name, { v: 1, since, endpoints }, generation);
  return endpoints;
}

/**
 * Deletes what was found of a student. Each step may be repeated and finds done what is done; the journal is taken away last. Landing is first, so that
 * a load which is replayed meanwhile cannot bring the rows back.
 * @returns the models that were asked to be built anew
 */
export async function forget(student: Student, findings: Findings, ports: ForgetPorts): Promise<string[]> {
  const endpoints = await openJournal(student, findings, ports);
  for (const part of findings.parts) await scrubPart(ports.landing, part, student);
  for (const { endpoint } of findings.raw) await deleteRawRows(ports.warehouse, student, endpoint);
  if (findings.ledger.length > 0) await deleteLedgerRows(ports.warehouse, student);
  await ports.deadLetters(letterTest(student), true);
  await renewFingerprints(ports.control, ports.warehouse, student);
  const models = modelsOf(endpoints, student, ports.models);
  if (models.length > 0) await ports.refreshTopic.publish({ v: 1, reason: "forget", force: models });
  await ports.control.delete(journalName(student));
  return models;
}
