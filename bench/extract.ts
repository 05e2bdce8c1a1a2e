import { type Child, measure } from "./child.ts";

/** What a server has used so far. */
interface Usage {
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

interface Timed extends Usage {
  readonly ms: number;
}

/** A server of the benchmark, and what to ask of it. */
export interface ExtractBench {
  readonly records: number;
  readonly sandbox: Child;
  readonly emulator: Child;
  /** What the bare loop needs to know to ask for the same pages. */
  readonly bareLoop: object;
  readonly source: string;
  readonly endpoint: string;
  readonly variables: Record<string, string>;
}

export interface ExtractFigures {
  readonly bare_loop_records_per_second: number;
  readonly extract_records_per_second: number;
  readonly extract_to_bare_loop: number;
  readonly extract_peak_mb: number;
  readonly bare_loop_cpu_seconds: number;
  readonly extract_cpu_seconds: number;
  /** What the servers took while extract ran: on a machine of two cores they stand in its way. */
  readonly sandbox_cpu_seconds: number;
  readonly storage_cpu_seconds: number;
}

interface Round {
  readonly bareMs: number;
  readonly bareCpu: number;
  readonly extractMs: number;
  readonly extractCpu: number;
  readonly sandboxCpu: number;
  readonly storageCpu: number;
  readonly peakMb: number;
}

/** An odd number, so that there is one in the middle. */
const rounds = 3;

/** Asks a server what it has used so far. */
export function usageOf(server: Child): Promise<Usage> {
  server.signal("SIGUSR2");
  return server.next<Usage>();
}

/** The run of a round. */
function runIdOf(round: number): string {
  return `bench-${round + 1}`;
}

/** The run that may be loaded: the endpoint's mark in flight is that of the last one, and models wait for it. */
export const lastRunId = runIdOf(rounds - 1);

async function measureRound(bench: ExtractBench, round: number): Promise<Round> {
  const { sandbox, emulator, source, endpoint, variables, records } = bench;
  const before = await measure<Timed>("bare-loop", bench.bareLoop);
  const [sandboxBefore, emulatorBefore] = [await usageOf(sandbox), await usageOf(emulator)];
  const options = { source, endpoint, runId: runIdOf(round) };
  const extracted = await measure<Timed & { rows: number }>("extract", options, variables);
  const [sandboxAfter, emulatorAfter] = [await usageOf(sandbox), await usageOf(emulator)];
  const after = await measure<Timed>("bare-loop", bench.bareLoop);
  if (extracted.rows !== records) throw new Error(`extracted ${extracted.rows} of ${records} records`);
  return {
    bareMs: (before.ms + after.ms) / 2,
    bareCpu: (before.cpuSeconds + after.cpuSeconds) / 2,
    extractMs: extracted.ms,
    extractCpu: extracted.cpuSeconds,
    sandboxCpu: sandboxAfter.cpuSeconds - sandboxBefore.cpuSeconds,
    storageCpu: emulatorAfter.cpuSeconds - emulatorBefore.cpuSeconds,
    peakMb: extracted.peakMb,
  };
}

/**
 * Measures extract against a bare loop that fetches the same pages and throws them away. The loop runs before and after each
 * extraction, so that neither side has the warmer server, and the round whose ratio is in the middle counts; of the memory, the
 * highest peak.
 */
export async function measureExtract(bench: ExtractBench): Promise<ExtractFigures> {
  await measure("bare-loop", bench.bareLoop);
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) done.push(await measureRound(bench, round));
  const ratioOf = (round: Round): number => round.bareMs / round.extractMs;
  const middle = done.toSorted((a, b) => ratioOf(a) - ratioOf(b))[Math.floor(rounds / 2)];
  if (!middle) throw new Error("nothing was measured");
  return {
    bare_loop_records_per_second: Math.round((bench.records * 1000) / middle.bareMs),
    extract_records_per_second: Math.round((bench.records * 1000) / middle.extractMs),
    extract_to_bare_loop: Number(ratioOf(middle).toFixed(2)),
    extract_peak_mb: Math.round(Math.max(...done.map(({ peakMb }) => peakMb))),
    bare_loop_cpu_seconds: Number(middle.bareCpu.toFixed(2)),
    extract_cpu_seconds: Number(middle.extractCpu.toFixed(2)),
    sandbox_cpu_seconds: Number(middle.sandboxCpu.toFixed(2)),
    storage_cpu_seconds: Number(middle.storageCpu.toFixed(2)),
  };
}
