import type { HttpClient } from "../../shared/connector/http.ts";
import type { Slots } from "../../shared/connector/slots.ts";
import { readJson, writeJson } from "../../shared/control/json-object.ts";
import { objectNames } from "../../shared/control/place.ts";
import { watermarkSchema } from "../../shared/control/watermark.ts";
import { ConflictError } from "../../shared/errors.ts";
import type { load } from "../../shared/load/load.ts";
import { manifestSchema } from "../../shared/manifest.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { type Fold, foldLog } from "../fakes/fold.ts";
import { gather } from "./bucket.ts";
import { overlap } from "./deployment.ts";
import type { Kind } from "./kinds.ts";
import type { Process } from "./process.ts";
import type { Seams } from "./seams.ts";
import type { Weather } from "./weather.ts";
import type { World } from "./world.ts";

/** A mistake that a verb could make, made around it, and what the simulation says of it. */
export interface Planted {
  readonly name: string;
  /** The worlds in which it is planted; those of an Ed-Fi source when left out. */
  readonly kind?: Kind;
  readonly seams: Seams;
  /** Weather in which it shows. */
  readonly weather?: Partial<Weather>;
  readonly found: RegExp;
}

/** The watermark is moved first, and the rows are loaded after it: whoever dies in between has told the next run to begin behind them. */
const watermarkFirst =
  (verb: typeof load): typeof load =>
  async (message, ports) => {
    const { value: manifest } = await readJson(ports.landing, message.name, manifestSchema);
    if (manifest?.outcome === "complete") {
      const place = { source: manifest.source_id, endpoint: manifest.endpoint, schoolYear: manifest.school_year };
      const { value: present, generation } = await readJson(
        ports.control,
        objectNames.watermark(place),
        watermarkSchema,
      );
      const { run_id, run_started_at, window } = manifest;
      const moved = { ...present, run_id, run_started_at, change_version: window.to };
      if (present) await writeJson(ports.control, objectNames.watermark(place), moved, generation);
    }
    return verb(message, ports);
  };

/** A part counts as stored when its upload begins, so the manifest may be there before it, or without it. */
const storedTooSoon = (store: ObjectStore, process: Process, { agenda, landing, luck }: World): ObjectStore => ({
  ...store,
  writeStream: async (name, content) => {
    const body = (await gather(content)).toString("latin1");
    const generation = `early-${name}`;
    await process.call(`landing begin ${name}`, () => {
      agenda.in(luck.skewed(100, 60_000), () => {
        if (!process.isDead) landing.put(name, body, generation);
      });
    });
    return { name, generation, sizeBytes: Buffer.byteLength(body), updatedAt: new Date(agenda.now) };
  },
});

/** The manifest is claimed before it is loaded: who comes next takes it for done. */
const claimFirst =
  (verb: typeof load): typeof load =>
  async (message, ports) => {
    try {
      await ports.control.write(`claims/${message.name}`, "{}", "0");
    } catch (error) {
      if (error instanceof ConflictError) return { status: "gone", rows: 0 };
      throw error;
    }
    return verb(message, ports);
  };

/** The overlap is counted back from the newest version, not from what is loaded. */
const overlapFromMax =
  (client: HttpClient): HttpClient =>
  (request) => {
    const { minChangeVersion, maxChangeVersion } = request.parameters ?? {};
    if (minChangeVersion === undefined || maxChangeVersion === undefined) return client(request);
    const least = String(Math.max(0, Number(maxChangeVersion) + 1 - overlap));
    return client({ ...request, parameters: { ...request.parameters, minChangeVersion: least } });
  };

/** Deletes are applied last, and to the natural key: what was created anew under it goes with what was deleted. */
const deleteAfterRecreate: Fold = (log) => {
  const deletes = log.rows.filter(({ op }) => op === "delete");
  const keys = new Set(deletes.map(({ data }) => JSON.stringify(data.keyValues)));
  return foldLog(log).filter(
    ({ data }) => !keys.has(JSON.stringify({ key: String(data.studentUniqueId ?? data.schoolId) })),
  );
};

/** A checkpoint is written whatever its generation is by now. */
const unfenced = (store: ObjectStore, _: Process, { control }: World): ObjectStore => ({
  ...store,
  write: async (name, body, ifGeneration) => {
    if (!name.startsWith(objectNames.checkpoints)) return store.write(name, body, ifGeneration);
    for (;;) {
      try {
        return await store.write(name, body, control.objects.get(name)?.generation ?? "0");
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  },
});

/** A slot is held until somebody gives it back, or so its holder believes. */
const heldForEver = (slots: Slots): Slots => ({
  count: slots.count,
  requestMs: slots.requestMs,
  take: async (held) => {
    const slot = await slots.take(held);
    return slot && { ...slot, heldUntil: Number.POSITIVE_INFINITY };
  },
  want: () => slots.want(),
  isWanted: () => slots.isWanted(),
});

/** What is not the list that was asked for is taken for an empty one: an error page with status 200 too. */
const errorIsEmpty =
  (client: HttpClient): HttpClient =>
  async (request) => {
    const answer = await client(request);
    const isList = /^\{"(?:items|access_token)"/.test(answer.body.toString("utf8", 0, 20));
    return answer.status !== 200 || isList ? answer : { ...answer, body: Buffer.from('{"items":[]}') };
  };

/** Whatever a full run lost, it is let in. */
const unguarded = (store: ObjectStore): ObjectStore => ({
  ...store,
  read: async (name) => {
    const object = await store.read(name);
    if (!object || !name.startsWith(objectNames.manifests)) return object;
    return { ...object, body: object.body.replace('"accept_shrink":false', '"accept_shrink":true') };
  },
});

/** The last full run is taken for all there is, where it held one term only. */
const lastRunIsAll: Fold = ({ replaces: _, ...log }) => foldLog(log);

/** Every bug that the simulation must find. */
export const planted: readonly Planted[] = [
  { name: "watermark before load", seams: { load: watermarkFirst }, found: /moved past rows .* not loaded/ },
  { name: "manifest before last part", seams: { landing: storedTooSoon }, found: /manifest came before its part/ },
  { name: "claim before work", seams: { load: claimFirst }, found: /was never settled/ },
  { name: "overlap taken from max", seams: { http: overlapFromMax }, found: /in the source|gone from the source/ },
  { name: "delete after recreate", seams: { fold: deleteAfterRecreate }, found: /is missing, and .* in the source/ },
  {
    name: "no fencing on the checkpoint",
    seams: { control: unfenced },
    weather: { hold: 0.02 },
    found: /had been shut out/,
  },
  {
    name: "slot used after its end",
    seams: { slots: heldForEver },
    weather: { hold: 0.02 },
    found: /asked by more at once/,
  },
  {
    name: "error page taken for an empty list",
    kind: "register",
    seams: { http: errorIsEmpty },
    found: /has missed .* of members/,
  },
  { name: "no shrink guard", kind: "register", seams: { landing: unguarded }, found: /was let in although/ },
  { name: "terms replaced by other terms", kind: "register", seams: { fold: lastRunIsAll }, found: /is gone from/ },
];
