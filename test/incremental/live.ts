import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "../../shared/control/place.ts";
import { catalogueOf, sqlFiles } from "../../shared/refresh/catalogue.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import type { Model } from "../../shared/refresh/model.ts";
import type { SqlFile } from "../../shared/refresh/sql-file.ts";
import { Luck } from "../simulation/luck.ts";
import { type Deployment, openDeployment, placesOf } from "./deployment.ts";
import { type Resource, startDistrict, writeSample } from "./districts.ts";
import { History } from "./history.ts";

export interface LifeOptions {
  readonly seed: number;
  readonly resources: readonly Resource[];
  /** Which models: terms as of `rollcall refresh --select`. */
  readonly select: readonly string[];
  readonly rounds: number;
  readonly changesPerRound: number;
}

export interface Life {
  readonly trace: readonly string[];
  /** Models whose rows are not those that a build from nothing has, and in what. */
  readonly differences: readonly string[];
  /** Rows of all models at the end. */
  readonly rows: number;
  /** How many models each refresh built. */
  readonly buildsByRefresh: readonly number[];
}

const names = ["north", "south"] as const;

/** The models that are lived with, and the map of codes that changes under them. */
function chosenFiles(select: readonly string[]): SqlFile[] {
  const files = sqlFiles("sql");
  const graph = graphOf(catalogueOf(files));
  const chosen = selectModels(graph, select);
  const paths = new Set(graph.models.filter(({ name }) => chosen.has(name)).map(({ file }) => file));
  return files.filter(({ path }) => paths.has(path));
}

/** A row of a map of codes that the sample uses: what stands behind the code, and what else it may be. */
interface CodeRow {
  readonly path: string;
  readonly code: RegExp;
  readonly meanings: readonly string[];
}

const codeRows: readonly CodeRow[] = [
  {
    path: "ref/calendar_events.sql",
    code: /(?<='Holiday', )\w+, numeric '[\d.]+'/,
    meanings: ["true, numeric '0.5'", "true, numeric '1.0'", "false, numeric '0.0'"],
  },
  { path: "ref/grade_levels.sql", code: /(?<='First grade', )-?\d+/, meanings: ["1", "20", "-9"] },
];

/** Gives a code another meaning, as a person who mends a map does. */
function withOtherMeaning(
  files: readonly SqlFile[],
  { path, code, meanings }: CodeRow,
  luck: Luck,
): { files: SqlFile[]; what: string } {
  const now = files.find((file) => file.path === path)?.text ?? "";
  const meaning = luck.one(meanings.filter((one) => one !== code.exec(now)?.[0]));
  const changed = files.map((file) => (file.path === path ? { path, text: file.text.replace(code, meaning) } : file));
  return { files: changed, what: `${path}: a code means ${meaning}` };
}

/**
 * Lives a random history of two districts and two years with delta runs, late loads and refreshes in between, then brings all of it anew
 * into an empty deployment, and compares.
 */
export async function live({ seed, resources, select, rounds, changesPerRound }: LifeOptions): Promise<Life> {
  const luck = new Luck(seed);
  const trace: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "rollcall-history-"));
  writeSample(folder);
  const districts = new Map(await Promise.all(names.map(async (name) => [name, await startDistrict(folder)] as const)));
  const histories = [...districts.values()].map((sandbox) => new History(sandbox, folder, resources, luck));
  const places = placesOf(names, resources);
  let files = chosenFiles(select);
  let models = catalogueOf(files);
  const lived = await openDeployment(districts, models);
  const fresh = await openDeployment(districts, models);
  try {
    const buildsByRefresh: number[] = [];
    const refreshAll = async (when: string): Promise<void> => {
      const { built, failed } = await lived.refresh(models);
      if (failed.length > 0) throw new Error(`${failed.join(", ")} failed`);
      buildsByRefresh.push(built.length);
      trace.push(`${when}: a refresh builds ${built.length}`);
    };
    const deploy = (when: string, row: CodeRow): void => {
      const { files: next, what } = withOtherMeaning(files, row, luck);
      files = next;
      models = catalogueOf(files);
      trace.push(`${when}: ${what}`);
    };
    let held: string[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const isLast = round === rounds;
      for (let change = 0; round > 0 && change < changesPerRound; change += 1) {
        const at = luck.below(names.length);
        trace.push(`${round}: ${names[at]} ${await histories[at]?.change()}`);
      }
      if (isLast) for (const history of histories) await history.settle();
      if (round > 0 && luck.chance(0.5)) deploy(String(round), luck.one(codeRows));
      held = await bringRound(lived, { luck, trace, round, isLast, held, places });
      if (luck.chance(0.3)) await refreshOne(lived, models, luck, trace);
      await refreshAll(String(round));
    }
    // Nothing but codes changes any more: their readers must be built for this alone.
    for (const row of codeRows) {
      deploy("at the end", row);
      await refreshAll("at the end");
    }
    for (const place of places) await fresh.load(await fresh.read(place, "full"));
    await fresh.refresh(models);
    return { trace, buildsByRefresh, ...(await compare(lived, fresh, models)) };
  } finally {
    await lived.close();
    await fresh.close();
    for (const sandbox of districts.values()) await sandbox.close();
    rmSync(folder, { recursive: true });
  }
}

interface Round {
  readonly places: readonly Place[];
  readonly luck: Luck;
  readonly trace: string[];
  readonly round: number;
  readonly isLast: boolean;
  /** Manifests of an earlier round that were not loaded yet. */
  readonly held: readonly string[];
}

/** Reads some of the endpoints, and loads what was read in any order, some of it twice, some of it only in the next round. */
async function bringRound(lived: Deployment, { places, luck, trace, round, isLast, held }: Round): Promise<string[]> {
  const manifests = [...held];
  const later: string[] = [];
  for (const place of places) {
    if (!isLast && luck.chance(round === 0 ? 0.2 : 0.5)) continue;
    const manifest = await lived.read(place, luck.chance(0.1) ? "full" : "delta");
    if (!isLast && luck.chance(0.15)) later.push(manifest);
    else manifests.push(manifest);
    if (luck.chance(0.1)) manifests.push(manifest);
  }
  while (manifests.length > 0) {
    const [manifest = ""] = manifests.splice(luck.below(manifests.length), 1);
    await lived.load(manifest);
  }
  trace.push(`${round} ${later.length} runs are loaded later`);
  return later;
}

/** A person refreshes one model, with what reads it or what it reads. */
async function refreshOne(lived: Deployment, models: readonly Model[], luck: Luck, trace: string[]): Promise<void> {
  const term = luck.one([(name: string) => name, (name: string) => `${name}+`, (name: string) => `+${name}`]);
  const select = [term(luck.one(models).name)];
  const { built } = await lived.refresh(models, { select, ...(luck.chance(0.5) && { force: true }) });
  trace.push(`refresh ${select[0]} builds ${built.length}`);
}

const shownMax = 3;

async function compare(
  lived: Deployment,
  fresh: Deployment,
  models: readonly Model[],
): Promise<{ rows: number; differences: string[] }> {
  const differences: string[] = [];
  let rows = 0;
  for (const { name } of models) {
    const [left, right] = [await lived.rows(name), await fresh.rows(name)];
    rows += left.length;
    if (left.join("\n") === right.join("\n")) continue;
    const only = (some: string[], others: string[]) => some.filter((row) => !others.includes(row)).slice(0, shownMax);
    differences.push(
      `${name}: ${left.length} rows, from nothing ${right.length}; only after the history ${only(left, right)}; only from nothing ${only(right, left)}`,
    );
  }
  return { rows, differences };
}
