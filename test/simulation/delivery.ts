import { parseSources } from "../../shared/config/sources.ts";
import { type DeliverPorts, deliver } from "../../shared/deliver/deliver.ts";
import { runMarkName, runMarkSchema } from "../../shared/deliver/run-mark.ts";
import { stateName as journalStateName } from "../../shared/deliver/state.ts";
import type { Target } from "../../shared/deliver/target.ts";
import { RetryableError } from "../../shared/errors.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { continueDeliveries, type WatchPorts } from "../../shared/reconcile/deliveries.ts";
import { stateName } from "../../shared/refresh/state.ts";
import { memoryPayloads, type PayloadRow, payloadHash } from "../deliver/memory-payloads.ts";
import { memoryTarget } from "../deliver/memory-target.ts";
import { assessment, models, objective, result, row, tableOf } from "../deliver/samples.ts";
import { connectors } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";
import { Agenda } from "./agenda.ts";
import { bucketFor } from "./bucket.ts";
import { Luck } from "./luck.ts";
import { Held, type Process, type Surroundings } from "./process.ts";
import { PubSub } from "./pubsub.ts";
import { calm, drawWeather, type Weather } from "./weather.ts";

const minute = 60_000;
const hour = 60 * minute;
const leaseMs = 720_000;
const graceMs = 900_000;
const requestMs = 5000;
/** The keys of rows that are the same record as the one without it. */
const twinEnding = "-twin";
/** Sweeps in which a delivery must have come to its end: each message may be cut short. */
const sweepsMax = 8;

/** What a test may break, to see that it is noticed. */
export interface DeliverySeams {
  readonly ports?: (ports: DeliverPorts) => DeliverPorts;
  readonly watch?: (ports: WatchPorts) => WatchPorts;
  readonly weather?: Partial<Weather>;
}

export interface DeliveryOutcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

const sources = parseSources(
  `sources:
  - {id: map, connector: nwea, url: http://127.0.0.1:1, secret: map}
  - {id: ods, connector: edfi, url: "http://127.0.0.1:1", secret: reader, school_years: [2026], timeout_seconds: 5}
deliveries:
  - {id: map-results, pipeline: map, from: map, to: ods, secret: writer, concurrency: 3, concurrency_per_resource: 2, failures_max_share: 0.9, namespaces: ["uri://www.nwea.org"], deletes: {max: 100, max_share: 1}}`,
  "sources.yaml",
  connectors,
);

/** One delivery in a world full of trouble: the rows of its models change, its messages come as they like, its processes die. */
class DeliveryWorld {
  readonly luck: Luck;
  readonly agenda = new Agenda(new Date(Date.UTC(2026, 10, 21, 4)));
  weather: Weather;
  readonly around: Surroundings;
  readonly control = fakeObjectStore({ clock: { now: () => new Date(this.agenda.now), sleep: async () => undefined } });
  readonly payloads = memoryPayloads();
  readonly target = memoryTarget();
  readonly pubsub: PubSub;
  readonly violations: string[] = [];
  readonly trace: string[] | undefined;
  readonly #seams: DeliverySeams;
  /** Of each record the payload that the journal surely knows to be in the target. */
  readonly #known = new Map<string, string>();
  #versions = 0;
  #builtAt = 0;

  constructor(seed: number, seams: DeliverySeams, trace: string[] | undefined) {
    this.#seams = seams;
    this.luck = new Luck(seed);
    this.trace = trace;
    this.weather = { ...drawWeather(this.luck), ...seams.weather };
    this.around = {
      agenda: this.agenda,
      luck: this.luck,
      held: new Held(),
      weather: () => this.weather,
      trace: (who, what) => this.note(who, what),
    };
    this.pubsub = new PubSub(this.around);
    const workMs = this.luck.one([15_000, 60_000, 450_000]);
    const pageRows = this.luck.one([2, 7, 100]);
    this.pubsub.subscribe("deliver", async (message, origin, process) => {
      await deliver(deliverMessageSchema.parse(message), origin, this.#portsOf(process, workMs, pageRows));
    });
    this.pubsub.subscribe("reconcile", async (_message, _origin, process) => {
      const ports: WatchPorts = { ...this.#portsOf(process, workMs, pageRows), graceMs };
      await continueDeliveries(seams.watch?.(ports) ?? ports);
    });
    this.#fill();
  }

  note(who: string, what: string): void {
    this.trace?.push(`${new Date(this.agenda.now).toISOString().slice(5, 23)} ${who} ${what}`);
  }

  #portsOf(process: Process, workMs: number, pageRows: number): DeliverPorts {
    const log = (message: string): void => this.note(process.name, `says: ${message}`);
    const ports: DeliverPorts = {
      sources,
      connectors,
      models,
      control: bucketFor(process, "control", this.control, (name, body) => this.#journaled(name, body)),
      payloadsOf: () => ({
        ...this.payloads,
        pending: (...given) => process.call("pending", () => this.payloads.pending(...given)),
        isUntried: (...given) => process.call("isUntried", () => this.payloads.isUntried(...given)),
        claims: (...given) => process.call("claims", () => this.payloads.claims(...given)),
        vanished: (...given) => process.call("vanished", () => this.payloads.vanished(...given)),
        record: (...given) =>
          process.call(`record ${given[0]}`, () => this.payloads.record(...given), { writes: "ledger" }),
      }),
      openTarget: async () => this.#targetFor(process),
      deliverTopic: this.pubsub.topicFor("deliver", process),
      clock: process.clock,
      log: { info: log, warn: log, error: log },
      workMs,
      leaseMs,
      pageRows,
      random: () => this.luck.share(),
    };
    return this.#seams.ports?.(ports) ?? ports;
  }

  /** The target as a process sees it: overloaded, broken off, or slow. */
  #targetFor(process: Process): Target {
    const options = { takes: [50, 3000] as const, timeoutMs: requestMs };
    return {
      ...this.target,
      post: (resource, text) =>
        process.call(
          `POST ${resource}`,
          () => {
            this.#sent(resource, text, process);
            return this.target.post(resource, text);
          },
          options,
        ),
      delete: (resource, id) => process.call(`DELETE ${resource}`, () => this.target.delete(resource, id), options),
      find: (resource, key) =>
        asOften(() => process.call(`GET ${resource}`, () => this.target.find(resource, key), options)),
    };
  }

  /** No record is sent after a success that the journal holds, unless it has changed since. */
  #sent(resource: string, text: string, process: Process): void {
    const key = `${resource} ${keyIn(text)}`;
    if (this.#known.get(key) === payloadHash(text)) {
      this.violations.push(`${key} was sent again though it was delivered and had not changed`);
      this.note(process.name, `VIOLATION: ${key} again`);
    }
    this.#known.delete(key);
  }

  #journaled(name: string, body: string): void {
    if (!name.includes("/journal/")) return;
    // What somebody writes who was held until his numbers were in the ledger is read by nobody any more.
    const state = this.control.objects.get(journalStateName("map-results"))?.body ?? "{}";
    const { loaded_through: loaded = 0 } = JSON.parse(state) as { loaded_through?: number };
    if (Number(name.slice(-"0000000000.json".length, -".json".length)) <= loaded) return;
    const { lines } = JSON.parse(body) as {
      lines: { kind: string; resource: string; recordKey: string; status: string; payloadHash: string }[];
    };
    for (const { kind, resource, recordKey, status, payloadHash: hash } of lines) {
      const key = `${resource} ${recordKey.replace(twinEnding, "")}`;
      // Nothing was sent.
      if (status === "duplicate") continue;
      if (kind === "outcome" && (status === "created" || status === "updated")) this.#known.set(key, hash);
      else if (kind !== "withdrawn") this.#known.delete(key);
    }
  }

  #set(name: "assessments" | "objectives" | "results", rows: readonly PayloadRow[]): void {
    this.payloads.tables.set(tableOf(name), [...rows]);
  }

  #fill(): void {
    this.#set("assessments", [row("Math", assessment("Math"))]);
    this.#set("objectives", [row("a", objective("a")), row("b", objective("b", "a")), row("c", objective("c", "b"))]);
    this.#set(
      "results",
      Array.from({ length: this.luck.one([1, 12, 20]) }, (_, at) => row(`r${at}`, result(`r${at}`, { v: "0" }))),
    );
  }

  /** The models are built anew: some results change, some go, some come (or come back as they were), and refresh says so. */
  change(): void {
    const before = this.payloads.tables.get(tableOf("results")) ?? [];
    const results = new Map(before.map((one) => [one.recordKey, one]));
    const changes = 1 + this.luck.below(12);
    for (let change = 0; change < changes; change += 1) {
      const key = `r${this.luck.below(20)}`;
      // Few versions, so that a payload comes back to what it was.
      this.#versions += 1;
      if (this.luck.chance(0.1) && results.size > 1) results.delete(key);
      else if (this.luck.chance(0.2)) this.#twin(`r${this.luck.below(3)}`, results);
      else results.set(key, row(key, result(key, { v: String(this.luck.below(3)) })));
    }
    this.#build([...results.values()]);
    // A mistake is taken back soon, be it that the payloads are on their way: then what was there before is right again.
    if (!this.luck.chance(0.5)) return;
    const isQuick = this.luck.chance(0.5);
    const ms = isQuick ? this.luck.skewed(1000, 10 * minute) : this.luck.between(minute, 15 * minute);
    this.agenda.in(ms, () => this.#build(before));
  }

  /** Another row that is the same record to the target: the later one where it has a time, else the one behind. It may go again. */
  #twin(key: string, results: Map<string, PayloadRow>): void {
    const twin = `${key}${twinEnding}`;
    const changedAt = this.luck.chance(0.5) ? "2026-11-20T00:00:00.000000" : undefined;
    if (this.luck.chance(0.4)) results.delete(twin);
    else results.set(twin, row(twin, result(key, { v: `twin ${this.luck.below(2)}` }), changedAt));
  }

  #build(results: readonly PayloadRow[]): void {
    this.#set("results", results);
    this.note("models", `are built, change ${this.#versions}`);
    this.#builtAt = this.agenda.now;
    const built_at = new Date(this.#builtAt).toISOString();
    const table = { version: "v", build_id: "b", built_at, row_count: results.length, layout: "table" };
    for (const { name } of models) {
      this.control.put(stateName(name), {
        ...{ v: 1, version: "v", status: "built", built_at, build_id: "b", started_at: built_at, row_count: null },
        ...{ definition: "d", inputs: {}, table },
      });
    }
    this.pubsub.publish("deliver", { v: 1, model: tableOf("results") });
  }

  async live(): Promise<void> {
    // In half of the worlds all is there when trouble begins: what changes, and changes back, is then what can go wrong.
    if (this.luck.chance(0.5)) {
      const { weather } = this;
      this.weather = calm;
      this.pubsub.publish("deliver", { v: 1, delivery: "map-results" });
      await this.agenda.runDry();
      this.weather = weather;
    }
    const changes = 2 + this.luck.below(8);
    for (let change = 0; change < changes; change += 1)
      this.agenda.in(this.luck.skewed(minute, 4 * hour), () => this.change());
    this.pubsub.publish("deliver", { v: 1, delivery: "map-results" });
    const { sourceFailure } = this.weather;
    this.target.fault = () => (this.luck.chance(sourceFailure) ? this.luck.one([429, 500, 503, 504]) : undefined);
    await this.agenda.runDry();
    this.note("world", "is calm from here on");
    this.weather = calm;
    this.target.fault = () => undefined;
    // The reconciler alone finds what was lost; nobody else asks.
    for (let sweep = 0; sweep < sweepsMax; sweep += 1) {
      await this.agenda.pass(graceMs);
      this.pubsub.publish("reconcile", {});
      await this.agenda.runDry();
    }
    this.#hasSettled();
    // What failed rests for an hour.
    for (let message = 0; message < 2; message += 1) {
      await this.agenda.pass(2 * hour);
      this.pubsub.publish("deliver", { v: 1, delivery: "map-results" });
      await this.agenda.runDry();
    }
  }

  /** No run is left on its way, and the last one looked at what was built last. */
  #hasSettled(): void {
    const mark = runMarkSchema.safeParse(this.control.json(runMarkName("map-results"))).data;
    if (mark?.ended_at === undefined) this.violations.push("a run of the delivery stands still");
    else if (Date.parse(mark.looked_at) < this.#builtAt)
      this.violations.push("the delivery never looked at the last build");
  }

  /** The target has every payload as it is, and nothing else; and another message finds nothing to send. */
  async judge(): Promise<void> {
    for (const error of this.pubsub.broken)
      this.violations.push(`an error that no verb may throw: ${error instanceof Error ? error.stack : String(error)}`);
    for (const { reason } of this.pubsub.deadLetters) this.violations.push(`a dead letter: ${reason}`);
    const wanted = [...this.payloads.tables.values()].flatMap(winners).map(({ payload }) => JSON.stringify(payload));
    const there = new Set([...this.target.records.values()].map(({ text }) => text));
    for (const text of wanted) if (!there.has(text)) this.violations.push(`the target lacks ${text}`);
    if (there.size > wanted.length)
      this.violations.push(`the target has ${there.size} records for ${wanted.length} payloads`);
    const sent = this.target.sent.length;
    this.pubsub.publish("deliver", { v: 1, delivery: "map-results" });
    await this.agenda.runDry();
    if (this.target.sent.length !== sent) this.violations.push("a run with nothing to do sent something");
    const sequences = this.payloads.ledger.map(({ sequence, status }) => `${sequence} ${status}`);
    if (new Set(sequences).size !== sequences.length) this.violations.push("the ledger has a row twice");
    for (const name of this.control.objects.keys()) {
      if (name.includes("/journal/")) this.violations.push(`${name} was left behind`);
    }
  }
}

/** Asks again while the failure passes, as a session does for whoever asks it for records. */
async function asOften<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RetryableError) || tries === 6) throw error;
    }
  }
}

/** Of rows that are one record the one that changed last, and else the first by its key. */
function winners(rows: readonly PayloadRow[]): PayloadRow[] {
  const won = new Map<string, PayloadRow>();
  for (const one of rows) {
    const key = keyIn(JSON.stringify(one.payload));
    const other = won.get(key);
    const [mine = "", its = ""] = [one.changedAt, other?.changedAt];
    if (!other || mine > its || (mine === its && one.recordKey < other.recordKey)) won.set(key, one);
  }
  return [...won.values()];
}

/** The key of a record, which in this world is in its document. */
function keyIn(text: string): string {
  const { studentAssessmentIdentifier, identificationCode, assessmentIdentifier } = JSON.parse(text) as Record<
    string,
    string
  >;
  return studentAssessmentIdentifier ?? identificationCode ?? assessmentIdentifier ?? "";
}

/** Lives one delivery from its beginning to its end. The same seed gives the same history. */
export async function simulateDelivery(
  seed: number,
  { isTraced = false, ...seams }: DeliverySeams & { readonly isTraced?: boolean } = {},
): Promise<DeliveryOutcome> {
  const trace: string[] | undefined = isTraced ? [] : undefined;
  const world = new DeliveryWorld(seed, seams, trace);
  try {
    await world.live();
    await world.judge();
  } catch (error) {
    world.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return { seed, violations: [...new Set(world.violations)], trace: trace ?? [] };
}
