import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { measure, startWorker } from "./child.ts";
import { type Cloud, functionOptions, projectId } from "./cloud.ts";

/**
 * Measures a delivery against a bare loop of the same POSTs with the same concurrency; and with `--interrupted`, how much is sent twice when
 * its process is killed again and again.
 */

const concurrency = 8;
/** A process that is not killed by then has nothing to do any more. */
const killWaitMs = 120_000;

interface Counts {
  readonly posts: number;
  readonly records: number;
  readonly twice: number;
  readonly most: number;
}

interface Timed {
  readonly ms: number;
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

interface Bench {
  readonly cloud: Cloud;
  readonly url: string;
}

const variables = { METADATA_SERVER_DETECTION: "none", NODE_OPTIONS: functionOptions };

async function countsOf(url: string): Promise<Counts> {
  return (await (await fetch(`${url}/counts`)).json()) as Counts;
}

/** Starts a target and an emulator, fills the payloads, and ends it all when `work` is done. */
async function withServers<Result>(
  records: number,
  delayMs: number,
  work: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-deliver-"));
  const ods = startWorker("ods", { delayMs });
  const emulator = startWorker("emulator", { folder, projectId });
  try {
    const { url } = await ods.next<{ url: string }>();
    const cloud = await emulator.next<Cloud>();
    await measure("deliver", { cloud, url, id: "fill", concurrency, fill: records }, variables);
    return await work({ cloud, url });
  } finally {
    await emulator.stop();
    await ods.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function middle<Item>(items: readonly Item[], sizeOf: (item: Item) => number): Item {
  const sorted = [...items].sort((one, other) => sizeOf(one) - sizeOf(other));
  const found = sorted[Math.floor(sorted.length / 2)];
  if (found === undefined) throw new Error("nothing was measured");
  return found;
}

/** Each delivery has a name of its own, so that it has everything to send; the loop runs before and after it. */
async function compare(records: number, delayMs: number, rounds: number) {
  return withServers(records, delayMs, async ({ cloud, url }) => {
    const measured = [];
    for (let round = 1; round <= rounds; round += 1) {
      const before = await measure<Timed>("bare-posts", { url, records, concurrency }, variables);
      await fetch(`${url}/forget`);
      const delivered = await measure<Timed & { outcome: string }>(
        "deliver",
        { cloud, url, id: `round-${round}`, concurrency },
        variables,
      );
      const { posts, most } = await countsOf(url);
      if (delivered.outcome !== "ok" || posts !== records)
        throw new Error(`${delivered.outcome}, ${posts} requests for ${records} records`);
      const after = await measure<Timed>("bare-posts", { url, records, concurrency }, variables);
      const loopMs = (before.ms + after.ms) / 2;
      process.stderr.write(`round ${round}: loop ${Math.round(loopMs)} ms, deliver ${Math.round(delivered.ms)} ms\n`);
      measured.push({
        records,
        delay_ms: delayMs,
        posts_per_second: Math.round((records / delivered.ms) * 1000),
        bare_loop_per_second: Math.round((records / loopMs) * 1000),
        deliver_to_bare_loop: Number((loopMs / delivered.ms).toFixed(2)),
        deliver_peak_mb: Math.round(delivered.peakMb),
        deliver_cpu_seconds: Number(delivered.cpuSeconds.toFixed(1)),
        loop_cpu_seconds: Number(((before.cpuSeconds + after.cpuSeconds) / 2).toFixed(1)),
        most_at_once: most,
      });
    }
    return middle(measured, ({ deliver_to_bare_loop: ratio }) => ratio);
  });
}

/** Kills the process of a delivery so many times, each time after a random share of what is left, and lets the last one finish. */
async function interrupt(records: number, kills: number) {
  return withServers(records, 0, async ({ cloud, url }) => {
    const options = { cloud, url, id: "interrupted", concurrency };
    const startedAt = performance.now();
    for (let kill = 1; kill <= kills; kill += 1) {
      const aim = Math.round((records * (kill - Math.random())) / (kills + 1));
      const worker = startWorker("deliver", options, variables);
      const until = performance.now() + killWaitMs;
      while ((await countsOf(url)).posts < aim && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 5));
      worker.signal("SIGKILL");
      await worker.stop();
    }
    const { outcome } = await measure<{ outcome: string }>("deliver", options, variables);
    const counts = await countsOf(url);
    return {
      records,
      kills,
      outcome,
      delivered: counts.records,
      posts: counts.posts,
      sent_twice: counts.posts - counts.records,
      sent_twice_per_kill: Number(((counts.posts - counts.records) / kills).toFixed(1)),
      most_at_once: counts.most,
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
  });
}

const { records, delays, rounds, interrupted, kills } = new Command("deliver")
  .option("--records <n>", "records", Number, 10_000)
  .option("--delays <ms,…>", "how long the target takes for a record", (text) => text.split(",").map(Number), [0, 20])
  .option("--rounds <n>", "how often each is measured; the middle one counts", Number, 3)
  .option("--interrupted", "kill the process again and again instead", false)
  .option("--kills <n>", "how often", Number, 10)
  .parse()
  .opts<{ records: number; delays: number[]; rounds: number; interrupted: boolean; kills: number }>();
const figures = interrupted ? [await interrupt(records, kills)] : [];
for (const delayMs of interrupted ? [] : delays) figures.push((await compare(records, delayMs, rounds)) as never);
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
