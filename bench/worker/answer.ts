/** The options that the benchmark gave. */
export function options<Options>(): Options {
  return JSON.parse(process.argv[2] ?? "{}") as Options;
}

/** Peak memory of this process so far, in MB. */
export function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** Gives the benchmark a result. */
export function answer(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Keeps a server alive until the benchmark stops it. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => process.once("SIGTERM", resolve));
}
