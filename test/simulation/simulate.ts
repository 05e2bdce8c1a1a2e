import type { Kind } from "./kinds.ts";
import { comeToRest, lastNight, liveThroughTrouble, stillNight } from "./night.ts";
import { World, type WorldOptions } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly kind: Kind;
  /** What must not be; empty when all is well. */
  readonly violations: readonly string[];
  /** What happened, when it was asked for. */
  readonly trace: readonly string[];
}

export interface SimulateOptions extends WorldOptions {
  readonly isTraced?: boolean;
}

/** Lives one world from its beginning to its end. The same seed gives the same history. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const trace: string[] | undefined = options.isTraced ? [] : undefined;
  const world = new World(seed, options, trace);
  const systemRandom = Math.random;
  // Waits between requests are drawn at random in the product; here the seed draws them.
  Math.random = () => world.luck.share();
  try {
    await liveThroughTrouble(world);
    await comeToRest(world);
    world.watch.quiet();
    await lastNight(world);
    world.watch.quiet();
    world.watch.whole();
    if (world.luck.chance(0.1)) {
      for (let night = 0; night < 2; night += 1) await stillNight(world);
      world.watch.quiet();
      world.watch.whole();
    }
  } catch (error) {
    world.watch.wrong(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    Math.random = systemRandom;
  }
  return { seed, kind: options.kind ?? "edfi", violations: [...new Set(world.watch.violations)], trace: trace ?? [] };
}
