import type { Connector } from "../../shared/config/connector.ts";
import type { Sources } from "../../shared/config/sources.ts";
import { announce } from "../../shared/control/in-flight.ts";
import { objectNames, type Place } from "../../shared/control/place.ts";
import { watermarkSchema } from "../../shared/control/watermark.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { type FakeObjectStore, fakeObjectStore } from "../fakes/object-store.ts";
import { Agenda } from "./agenda.ts";
import { bucketFor } from "./bucket.ts";
import { subscribeFunctions } from "./functions.ts";
import { type Kind, kinds, type SimulatedApi, type SimulatedSource, type Subject } from "./kinds.ts";
import { Luck } from "./luck.ts";
import { Held, type Process, type Surroundings } from "./process.ts";
import { PubSub } from "./pubsub.ts";
import type { Seams } from "./seams.ts";
import { SimulatedWarehouse } from "./warehouse.ts";
import { Watch } from "./watch.ts";
import { calm, drawWeather, type Weather } from "./weather.ts";

export interface WorldOptions {
  /** What the world is about; an Ed-Fi source when left out. */
  readonly kind?: Kind;
  readonly seams?: Seams;
  /** Replaces what the seed would decide. */
  readonly weather?: Partial<Weather>;
}

/** All that a seed decides, and all that is in it. */
export class World {
  readonly luck: Luck;
  readonly agenda: Agenda;
  weather: Weather;
  readonly around: Surroundings;
  readonly subject: Subject;
  readonly source: SimulatedSource;
  readonly api: SimulatedApi;
  readonly landing: FakeObjectStore;
  readonly control: FakeObjectStore;
  readonly warehouse: SimulatedWarehouse;
  readonly pubsub: PubSub;
  readonly watch: Watch;
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly seams: Seams;
  readonly trace: string[] | undefined;
  /** The source showed fewer rows than it has for a while. */
  wasCut = false;
  readonly #skewMs: number;

  constructor(seed: number, { kind = "edfi", seams = {}, weather = {} }: WorldOptions, trace?: string[]) {
    const luck = new Luck(seed);
    // Some worlds begin shortly before midnight, where a day of extraction ends.
    const agenda = new Agenda(new Date(Date.UTC(2026, 10, 21, luck.one([4, 12, 20, 23]), luck.below(60))));
    this.luck = luck;
    this.agenda = agenda;
    this.seams = seams;
    this.trace = trace;
    this.weather = { ...drawWeather(luck), ...weather };
    this.around = {
      agenda,
      luck,
      held: new Held(),
      weather: () => this.weather,
      trace: (who, what) => this.note(who, what),
    };
    this.#skewMs = this.weather.skewMs;
    this.subject = kinds[kind]({ luck, seams, now: () => agenda.now, onLateCommit: () => this.#letClocksPass() });
    const { connector, source, api, sources, models } = this.subject;
    this.source = source;
    this.api = api;
    this.connectors = new Map([[connector.connector, connector]]);
    this.sources = sources;
    const clock = { now: () => new Date(agenda.now), sleep: async () => undefined };
    this.landing = fakeObjectStore({ uri: "gs://landing", clock });
    this.control = fakeObjectStore({ uri: "gs://control", clock });
    const { landing, connectors } = this;
    this.warehouse = new SimulatedWarehouse({ landing, connectors, models, fold: seams.fold }, this.around);
    this.pubsub = new PubSub(this.around);
    this.watch = new Watch(this);
    subscribeFunctions(this);
  }

  note(who: string, what: string): void {
    this.trace?.push(`${new Date(this.agenda.now).toISOString().slice(5, 23)} ${who} ${what}`);
  }

  /** Both buckets as a process sees them. */
  bucketsFor(process: Process): { landing: ObjectStore; control: ObjectStore } {
    const { seams, watch } = this;
    const landing = bucketFor(process, "landing", this.landing, (name, body) => {
      watch.landed(name, body);
      // Cloud Storage tells of each new manifest.
      if (name.startsWith("manifests/")) this.pubsub.publish("load", { name });
    });
    const control = bucketFor(process, "control", this.control, (name, body, before) => {
      watch.controlled(name, body, before);
    });
    return {
      landing: seams.landing?.(landing, process, this) ?? landing,
      control: seams.control?.(control, process, this) ?? control,
    };
  }

  /** Asks for an extraction, as a scheduler or a person does. */
  async askFor(place: Place, message: object, isAnnounced: boolean): Promise<void> {
    const { source, endpoint, schoolYear: school_year } = place;
    const clock = { now: () => new Date(this.agenda.now), sleep: async () => undefined };
    if (isAnnounced) await announce(this.control, place, this.subject.connector.connector, clock);
    this.pubsub.publish("extract", { source, endpoint, school_year, ...message });
  }

  /** Something changes in the source. */
  changeSource(): void {
    const { what, end } = this.source.change(true);
    this.note("source", what);
    if (!end) return;
    this.agenda.in(this.luck.skewed(1000, 1_200_000), end);
  }

  /** The source is restored from its backup, if there is one below all that is loaded. */
  restoreSource(): void {
    const loaded = this.subject.places.map(
      (place) => watermarkSchema.safeParse(this.control.json(objectNames.watermark(place))).data,
    );
    const least = Math.min(...loaded.map((watermark) => Number(watermark?.change_version ?? 0)));
    if (!this.source.restore(least)) return;
    this.note("source", `was restored to version ${this.source.newest}`);
    this.#letClocksPass();
  }

  /**
   * Rows of one window are told apart by the time at which they were read, so what is read after such an event must not seem to be read
   * before it: clocks are never that wrong.
   */
  #letClocksPass(): void {
    this.agenda.skip(2 * this.#skewMs + 1);
  }

  /** From now on nothing goes wrong any more. */
  calmDown(): void {
    this.note("world", "is calm from here on");
    this.weather = calm;
    this.source.settle();
    this.source.shown = 1;
    this.source.isStill = true;
  }
}
