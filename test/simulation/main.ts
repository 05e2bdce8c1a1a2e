import { parseArgs } from "node:util";
import { simulateDelivery } from "./delivery.ts";
import { type Kind, kinds } from "./kinds.ts";
import { planted } from "./planted.ts";
import { type Reported, reportOf } from "./report.ts";
import { type SimulateOptions, simulate } from "./simulate.ts";

const help = `Lives simulated worlds in which everything goes wrong that may, and checks what is left of them.

  npm run simulate -- --seeds 20000     lives so many worlds (500 when left out), seed 1 and those after it
  npm run simulate -- --from 500        begins with another seed
  npm run simulate -- --seed 7          lives one world and prints what happens in it
  npm run simulate -- --kind register   a source that tells no changes, in place of Ed-Fi's
  npm run simulate -- --kind delivery   a delivery into a target, in place of extractions
  npm run simulate -- --plant <bug>     plants a bug that has to be found: ${planted.map(({ name }) => name).join(", ")}

It ends with 1 and the seed at the first failure.
`;

/** Lives one world. */
type Live = (seed: number, isTraced: boolean) => Promise<Reported & { readonly trace: readonly string[] }>;

/** An option that makes no sense. */
class WrongOption extends Error {}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d*$/.test(text)) throw new WrongOption(`--${name} takes a whole number from 1, not "${text}"`);
  return Number(text);
}

function isKind(text: string): text is Kind {
  return text in kinds;
}

function readOptions() {
  const string = { type: "string" } as const;
  const options = {
    kind: string,
    seeds: string,
    from: string,
    seed: string,
    plant: string,
    help: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  const bug = planted.find(({ name }) => name === values.plant);
  if (values.plant !== undefined && !bug) {
    throw new WrongOption(`--plant takes one of: ${planted.map(({ name }) => name).join(", ")}`);
  }
  const kind = values.kind ?? bug?.kind ?? "edfi";
  if (kind !== "delivery" && !isKind(kind)) {
    throw new WrongOption(`--kind takes one of: ${[...Object.keys(kinds), "delivery"].join(", ")}`);
  }
  return {
    isHelp: values.help === true,
    seed: values.seed === undefined ? undefined : wholeNumber("seed", values.seed, 1),
    seeds: wholeNumber("seeds", values.seeds, 500),
    from: wholeNumber("from", values.from, 1),
    live: kind === "delivery" ? liveDelivery : liveIn({ kind, seams: bug?.seams ?? {}, weather: bug?.weather ?? {} }),
  };
}

const liveIn =
  (world: SimulateOptions): Live =>
  (seed, isTraced) =>
    simulate(seed, { ...world, isTraced });

const liveDelivery: Live = async (seed, isTraced) => ({
  ...(await simulateDelivery(seed, { isTraced })),
  kind: "delivery",
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints one world. @returns whether it ended right */
async function replay(seed: number, live: Live): Promise<boolean> {
  const outcome = await live(seed, true);
  say(outcome.trace.join("\n"));
  say(outcome.violations.length > 0 ? reportOf(outcome) : `Seed ${seed} ended right.`);
  return outcome.violations.length === 0;
}

/** Lives worlds until one ends wrong. @returns whether none did */
async function liveAll(from: number, seeds: number, live: Live): Promise<boolean> {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const outcome = await live(seed, false);
    if (outcome.violations.length > 0) {
      say(reportOf(outcome));
      return false;
    }
    const done = seed - from + 1;
    if (done % 1000 === 0 && done < seeds) process.stderr.write(`${done} seeds, ${seconds()} s\n`);
  }
  const { user, system } = process.cpuUsage();
  say(`${seeds} seeds without a failure, ${seconds()} s (${((user + system) / 1e6).toFixed(1)} s of CPU)`);
  return true;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.isHelp) {
    say(help);
    return 0;
  }
  const { seed, seeds, from, live } = options;
  const isRight = seed === undefined ? await liveAll(from, seeds, live) : await replay(seed, live);
  return isRight ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // A mistyped option; anything else is a fault of the simulation itself.
  if (!(error instanceof WrongOption || (error instanceof TypeError && "code" in error))) throw error;
  process.stderr.write(`${error.message}\n\n${help}`);
  process.exitCode = 2;
}
