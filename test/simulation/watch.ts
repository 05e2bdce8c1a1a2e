import * as z from "zod";
import { firstTextAt } from "../../shared/connector/json-value.ts";
import { objectNames, type Place, placeOf } from "../../shared/control/place.ts";
import { watermarkSchema } from "../../shared/control/watermark.ts";
import { type Manifest, manifestSchema } from "../../shared/manifest.ts";
import type { Model } from "../../shared/refresh/model.ts";
import type { RawRow } from "../fakes/fold.ts";
import { linesOf } from "../fakes/load-warehouse.ts";
import { rightContent } from "../fakes/warehouse.ts";
import type { World } from "./world.ts";

const leaseSchema = z.looseObject({ expires_at: z.string() });
const attemptSchema = z.looseObject({ attempt: z.int(), holder: z.string(), ending: z.unknown() });
const modelStateSchema = z.looseObject({ status: z.string(), attempt: z.unknown().optional() });

/** Holds a world against what must be true in it: at each moment, when it has gone quiet, and at the end of its last night. */
export class Watch {
  readonly violations: string[] = [];
  readonly #world: World;
  #underWay: { readonly process: string; readonly until: number }[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Notes what must not be. */
  wrong(what: string): void {
    this.#world.note("WRONG", what);
    this.violations.push(what);
  }

  /** An object was written into landing: a manifest must not come before its last part. */
  landed(name: string, body: string): void {
    if (!name.startsWith(objectNames.manifests)) return;
    const manifest = manifestSchema.parse(JSON.parse(body));
    let rows = 0;
    for (const part of manifest.parts) {
      const there = this.#world.landing.objects.get(part.name);
      if (there?.generation !== part.generation) this.wrong(`a manifest came before its part ${part.name}`);
      else if (linesOf(there.body).length !== part.rows) this.wrong(`${part.name} has not the rows of its manifest`);
      rows += part.rows;
    }
    if (rows < manifest.rows + manifest.deletes + manifest.key_changes) {
      this.wrong(`the parts of ${name} have ${rows} rows, fewer than were read`);
    }
  }

  /**
   * A request to the source is sent. It is under way until it is answered, or for as long as a client waits for it: whether that one still lives
   * on does not matter to the source.
   * @returns to be called when it is answered
   */
  asked(process: string, timeoutMs: number): () => void {
    const { agenda, sources } = this.#world;
    const [source] = sources.sources;
    this.#underWay = this.#underWay.filter(({ until }) => until > agenda.now);
    const request = { process, until: agenda.now + timeoutMs };
    this.#underWay.push(request);
    if (this.#underWay.length > (source?.concurrency ?? 0)) {
      const whose = this.#underWay.map((other) => other.process).join(", ");
      this.wrong(`the source is asked by more at once than it allows: ${whose}`);
    }
    return () => {
      this.#underWay = this.#underWay.filter((other) => other !== request);
    };
  }

  /** A control object was written over another. */
  controlled(name: string, body: string, before: string | undefined): void {
    if (name.startsWith(objectNames.watermarks)) this.#watermarkMoved(name, body, before);
    if (name.startsWith(objectNames.checkpoints) && before !== undefined) this.#checkpointSaved(name, body, before);
  }

  /** A watermark must not move past rows that are not loaded. */
  #watermarkMoved(name: string, body: string, before: string | undefined): void {
    const { run_id, change_version, row_count } = watermarkSchema.parse(JSON.parse(body));
    const place = placeOf(name);
    const manifest = place && this.#manifest(place, run_id);
    if (!manifest) {
      this.wrong(`${name} moved for ${run_id}, which has no manifest`);
      return;
    }
    const { runs } = this.#world.warehouse.loads;
    const isSettled = runs.some((run) => isRunOf(manifest, run) && run.status === "succeeded");
    if (!isSettled || !this.#isLoaded(manifest)) this.wrong(`${name} moved past rows of ${run_id} that are not loaded`);
    if (manifest.window.to !== change_version) this.wrong(`${name} moved beyond the window of ${run_id}`);
    if (before !== undefined) this.#guarded(manifest, watermarkSchema.parse(JSON.parse(before)).row_count, row_count);
    this.#broughtRight(manifest);
  }

  /** A full run that lost most of what was there must not be let in, unless somebody has asked for it. */
  #guarded({ run_id, endpoint, mode, accept_shrink }: Manifest, before: number, after: number): void {
    const lost = before - after;
    const isShrunken = before > 0 && (after === 0 || (lost >= 10 && lost > before / 2));
    if (mode === "full" && !accept_shrink && isShrunken) {
      this.wrong(`${run_id} was let in although ${endpoint} shrank by it from ${before} rows to ${after}`);
    }
  }

  #broughtRight(manifest: Manifest): void {
    const { source } = this.#world.subject;
    if (manifest.mode !== "full" || !source.faultsOf) return;
    const rows = this.#world.warehouse.rowsOf(manifest.connector, manifest.endpoint, manifest.run_id);
    for (const fault of source.faultsOf(manifest, rows)) this.wrong(fault);
  }

  /** What an attempt that was shut out saves must not take effect, and an ending that is decided stands. */
  #checkpointSaved(name: string, body: string, before: string): void {
    const [old, now] = [before, body].map((text) => attemptSchema.parse(JSON.parse(text)));
    if (!old || !now) return;
    const isStranger = now.attempt === old.attempt && now.holder !== old.holder;
    if (now.attempt < old.attempt || isStranger) this.wrong(`${name} was saved by an attempt that had been shut out`);
    if (old.ending && JSON.stringify(now.ending) !== JSON.stringify(old.ending)) this.wrong(`${name} ended twice`);
  }

  #manifest(place: Place, runId: string): Manifest | undefined {
    const object = this.#world.landing.objects.get(objectNames.manifest(place, runId));
    return object && manifestSchema.parse(JSON.parse(object.body));
  }

  #loadedRows({ connector, endpoint, run_id }: Manifest): number {
    return this.#world.warehouse.rowsOf(connector, endpoint, run_id).length;
  }

  #isLoaded(manifest: Manifest): boolean {
    return this.#loadedRows(manifest) === rowsIn(manifest);
  }

  /** When nothing is on its way any more, nothing is left over, half done or forgotten. */
  quiet(): void {
    const { landing, control, pubsub, warehouse } = this.#world;
    for (const { topic, reason } of pubsub.deadLetters)
      this.wrong(`a message of ${topic} became a dead letter: ${reason}`);
    for (const error of pubsub.broken) this.wrong(`a verb threw ${error instanceof Error ? error.stack : error}`);
    for (const problem of warehouse.misunderstood) this.wrong(problem);
    for (const [name, { body }] of control.objects) this.#leftOver(name, body);
    for (const [name, { body }] of landing.objects) {
      if (name.startsWith(objectNames.manifests)) this.#settled(manifestSchema.parse(JSON.parse(body)));
    }
    this.#partsStay();
    this.#martsAreRight();
  }

  /** What a run has brought of a part stays until another run brings that part. */
  #partsStay(): void {
    const { subject, landing, warehouse } = this.#world;
    for (const { endpoint } of subject.places) {
      const replaces = subject.connector.endpoints[endpoint]?.replaces;
      if (replaces === undefined) continue;
      const present = new Set(this.#current(endpoint).map(({ data }) => firstTextAt(data, [replaces])));
      for (const [name, { body }] of landing.objects) {
        if (!name.startsWith(objectNames.manifests)) continue;
        const manifest = manifestSchema.parse(JSON.parse(body));
        const isLoaded = warehouse.loads.runs.some((run) => isRunOf(manifest, run) && run.status === "succeeded");
        const gone = Object.keys(manifest.holds ?? {}).filter((part) => !present.has(part));
        if (!isLoaded || manifest.endpoint !== endpoint) continue;
        for (const part of gone) this.wrong(`${part}, which ${manifest.run_id} brought, is gone from ${endpoint}`);
      }
    }
  }

  #leftOver(name: string, body: string): void {
    const { agenda } = this.#world;
    if (name.startsWith("leases/") || name.startsWith(objectNames.slots)) {
      const { expires_at } = leaseSchema.parse(JSON.parse(body));
      if (Date.parse(expires_at) > agenda.now) this.wrong(`${name} is stuck`);
    }
    if (name.startsWith(objectNames.inFlights)) this.wrong(`${name} is left, and models wait for it`);
    if (name.startsWith(objectNames.checkpoints)) this.wrong(`${name} is left, and nobody goes on with the run`);
  }

  /** A manifest is settled once, and loaded whole or not at all. */
  #settled(manifest: Manifest): void {
    const { runs } = this.#world.warehouse.loads;
    const [run, ...more] = runs.filter((candidate) => isRunOf(manifest, candidate));
    const loaded = this.#loadedRows(manifest);
    if (!run) this.wrong(`the manifest of ${manifest.run_id} was never settled`);
    if (more.length > 0) this.wrong(`${manifest.run_id} is in the ledger twice`);
    if (run?.status === "succeeded" ? !this.#isLoaded(manifest) : loaded !== 0 && !this.#isLoaded(manifest)) {
      this.wrong(`${manifest.run_id} was loaded in part: ${loaded} of ${rowsIn(manifest)} rows`);
    }
  }

  #martsAreRight(): void {
    const { warehouse, control, subject } = this.#world;
    const { models } = subject;
    const byName = new Map(models.map((model): [string, Model] => [model.name, model]));
    for (const model of models) {
      const right = rightContent(model, byName, warehouse.currents);
      if (warehouse.builds.relations.get(model.name)?.content !== right) {
        this.wrong(`${model.name} is not built from the final inputs`);
      }
      const state = modelStateSchema.safeParse(control.json(`models/${model.name}.json`)).data;
      if (state?.status !== "built" || state.attempt !== undefined) this.wrong(`${model.name} is ${state?.status}`);
    }
  }

  /** What is current must be the source, row for row. */
  whole(): void {
    const { places, source } = this.#world.subject;
    for (const { endpoint } of places) {
      for (const difference of source.differences(endpoint, this.#current(endpoint))) this.wrong(difference);
    }
  }

  #current(endpoint: string): RawRow[] {
    const { connector, places } = this.#world.subject;
    const schoolYear = places.find((place) => place.endpoint === endpoint)?.schoolYear ?? 0;
    return this.#world.warehouse.loads.current(connector.connector, endpoint, "d1", schoolYear);
  }
}

function rowsIn(manifest: Manifest): number {
  return manifest.parts.reduce((sum, { rows }) => sum + rows, 0);
}

function isRunOf(manifest: Manifest, run: Readonly<Record<string, unknown>>): boolean {
  return run.run_id === manifest.run_id && run.endpoint === manifest.endpoint;
}
