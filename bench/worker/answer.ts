/** The options that the benchmark gave. */
export function options<Options>(): Options {
  return JSON.parse(process.argv[2] ?? "{}") as Options;
}

/** Peak memory of this process so far, in MB. */
export function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** Processor time of this process so far, of all its threads. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Gives the benchmark a result. */
export function answer(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Keeps a server alive until the benchmark stops it, and tells what it has used whenever it is asked (SIGUSR2). */
export function untilStopped(): Promise<void> {
  process.on("SIGUSR2", () => answer({ peakMb: peakMb(), cpuSeconds: cpuSeconds() }));
  return new Promise((resolve) => process.once("SIGTERM", resolve));
}
