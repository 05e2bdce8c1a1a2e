import { parseArgs } from "node:util";
import { narrow, wide } from "./extents.ts";
import { live } from "./live.ts";

const help = `Lives random histories of two districts and two years, and compares their marts with marts built from nothing.

  npm run incremental -- --seeds 20     so many histories (5 when left out), seed 1 and those after it
  npm run incremental -- --seed 7       one history, and prints what happens in it
  npm run incremental -- --wide         with more endpoints and models

It ends with 1 at the first that differs.
`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    seed: { type: "string" },
    wide: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function liveAll(): Promise<void> {
  const [from, count] = values.seed === undefined ? [1, Number(values.seeds)] : [Number(values.seed), 1];
  if (!Number.isInteger(from) || !Number.isInteger(count) || from < 1 || count < 1) throw new Error(help);
  for (let seed = from; seed < from + count; seed += 1) {
    const { trace, rows, differences, buildsByRefresh } = await live({ ...(values.wide ? wide : narrow), seed });
    if (values.seed !== undefined) say(trace.join("\n"));
    say(
      `seed ${seed}: ${rows} rows, builds by refresh ${buildsByRefresh.join(", ")}, ${differences.length} differences`,
    );
    if (differences.length === 0) continue;
    say(differences.join("\n"));
    process.exitCode = 1;
    return;
  }
}

if (values.help) say(help);
else await liveAll();
