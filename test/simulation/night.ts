import type { World } from "./world.ts";

const minute = 60_000;
const hour = 60 * minute;

/** How long things go wrong. */
const troubledMs = 3 * hour;

/** Nights in which all goes wrong that may: extractions are asked for, the source changes, the reconciler looks now and then. */
export async function liveThroughTrouble(world: World): Promise<void> {
  const { luck, agenda } = world;
  for (const place of world.subject.places) {
    const times = 2 + luck.below(3);
    for (let ask = 0; ask < times; ask += 1) {
      const mode = luck.chance(0.25) ? "full" : "delta";
      const trigger = luck.one(["schedule", "manual"]);
      const isAnnounced = luck.chance(0.5);
      const atMs = ask === 0 ? luck.between(0, 5 * minute) : luck.between(5 * minute, troubledMs);
      agenda.in(atMs, () => world.askFor(place, { mode, trigger }, isAnnounced));
    }
  }
  for (let change = 10 + luck.below(20); change > 0; change -= 1) {
    agenda.in(luck.between(0, troubledMs), () => world.changeSource());
  }
  for (let at = luck.between(0, 60 * minute); at < troubledMs; at += 60 * minute) {
    agenda.in(at, () => world.pubsub.publish("reconcile", {}));
  }
  if (luck.chance(0.2)) planRestore(world);
  if (luck.chance(0.15)) planCut(world);
  if (luck.chance(0.2)) {
    agenda.in(luck.between(hour, troubledMs), () => world.pubsub.publish("refresh", { force: [world.subject.forced] }));
  }
  await agenda.pass(troubledMs);
}

/** The source goes back to a backup, below what is loaded. It stays still until that was noticed. */
function planRestore(world: World): void {
  const { luck, agenda } = world;
  agenda.in(luck.between(0, hour), () => world.source.backUp());
  agenda.in(luck.between(1.5 * hour, troubledMs), () => world.restoreSource());
}

/** The source shows few of its rows for a while, or none. */
function planCut(world: World): void {
  const { luck, agenda } = world;
  const share = luck.one([0, 0, 0.3, 0.8]);
  agenda.in(luck.between(0.5 * hour, 2 * hour), () => {
    world.note("source", `shows ${share} of its rows`);
    world.source.shown = share;
    world.wasCut = true;
  });
  agenda.in(luck.between(2 * hour, troubledMs), () => {
    world.note("source", "shows all of its rows again");
    world.source.shown = 1;
  });
}

/** Everything that is on its way arrives, and the reconciler looks until marks that nobody keeps alive are gone. */
export async function comeToRest(world: World): Promise<void> {
  const { agenda, pubsub } = world;
  world.calmDown();
  for (const after of [20 * minute, 60 * minute, 165 * minute]) {
    agenda.in(after, () => pubsub.publish("reconcile", {}));
  }
  await agenda.runDry();
}

/** One more night in which all goes well: deltas, and where a run was set aside, what its log line asks a person for. */
export async function lastNight(world: World): Promise<void> {
  const { agenda, pubsub } = world;
  for (const place of world.subject.places) await world.askFor(place, { mode: "delta", trigger: "schedule" }, true);
  await agenda.runDry();
  for (const place of world.subject.places) {
    const isSetAside =
      world.warehouse.loads.runs.findLast((run) => run.endpoint === place.endpoint)?.status !== "succeeded";
    // What was changed while the source was cut off lies behind the watermark, and only a full run brings it.
    if (isSetAside || world.wasCut) await world.askFor(place, { mode: "full", accept_shrink: true }, true);
  }
  await agenda.runDry();
  agenda.in(20 * minute, () => pubsub.publish("reconcile", {}));
  await agenda.runDry();
}

/** A night after which nothing has changed any more. */
export async function stillNight(world: World): Promise<void> {
  const { agenda } = world;
  await agenda.pass(24 * hour);
  for (const place of world.subject.places) await world.askFor(place, { mode: "delta", trigger: "schedule" }, false);
  await agenda.runDry();
}
