import * as z from "zod";
import { objectNames, type Place, placeOf } from "../../shared/control/place.ts";
import { watermarkSchema } from "../../shared/control/watermark.ts";
import { type Manifest, manifestSchema } from "../../shared/manifest.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { linesOf } from "../fakes/load-warehouse.ts";
import { rightContent } from "../fakes/warehouse.ts";
import { recordOf } from "./api.ts";
import { models, places } from "./deployment.ts";
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
    if (name.startsWith(objectNames.watermarks)) this.#watermarkMoved(name, body);
    if (name.startsWith(objectNames.checkpoints) && before !== undefined) this.#checkpointSaved(name, body, before);
  }

  /** A watermark must not move past rows that are not loaded. */
  #watermarkMoved(name: string, body: string): void {
    const { run_id, change_version } = watermarkSchema.parse(JSON.parse(body));
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
    this.#martsAreRight();
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
    const { warehouse, control } = this.#world;
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
    for (const { endpoint } of places) {
      const source = new Map(this.#sourceRows(endpoint));
      const current = new Map(this.#currentRows(endpoint));
      for (const [id, record] of source) {
        if (current.get(id) === record) continue;
        this.wrong(`${endpoint} ${id} is ${current.get(id) ?? "missing"}, and ${record} in the source`);
      }
      for (const [id, record] of current) {
        if (!source.has(id)) this.wrong(`${endpoint} ${id} is ${record}, and gone from the source`);
      }
    }
  }

  #sourceRows(endpoint: string): [string, string][] {
    const rows = this.#world.source.committed(endpoint);
    return rows.map((row) => [row.id, JSON.stringify(recordOf(endpoint, row))]);
  }

  #currentRows(endpoint: string): [string, string][] {
    const { loads } = this.#world.warehouse;
    return loads.current("edfi", endpoint, "d1", 2026).map(({ record_id, data }) => [record_id, JSON.stringify(data)]);
  }
}

function rowsIn(manifest: Manifest): number {
  return manifest.parts.reduce((sum, { rows }) => sum + rows, 0);
}

function isRunOf(manifest: Manifest, run: Readonly<Record<string, unknown>>): boolean {
  return run.run_id === manifest.run_id && run.endpoint === manifest.endpoint;
}
