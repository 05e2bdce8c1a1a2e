/** What one kind of check found. */
export interface Check {
  readonly title: string;
  /** The line of the summary table: how many passed of how many, and what was compared. */
  readonly summary: string;
  /** Anything here fails the run. */
  readonly problems: readonly string[];
  /** Worth reading, no failure. */
  readonly notes?: readonly string[];
}

/** Prints problems and notes as they come, at most 40 of each, with the number left out. */
export function printCheck(check: Check): void {
  console.log(`\n${check.title}`);
  print("  ✗ ", check.problems);
  print("    ", check.notes ?? []);
}

function print(mark: string, lines: readonly string[]): void {
  for (const line of lines.slice(0, 40)) console.log(mark + line.replaceAll("\n", `\n${" ".repeat(mark.length)}`));
  if (lines.length > 40) console.log(`${mark}… and ${lines.length - 40} more`);
}

/** Prints the table at the end. @returns whether everything passed */
export function printSummary(checks: readonly Check[], seconds: number): boolean {
  const failed = checks.filter((check) => check.problems.length > 0);
  const width = Math.max(...checks.map((check) => check.title.length));
  console.log();
  for (const check of checks) {
    console.log(`${check.problems.length === 0 ? "✓" : "✗"} ${check.title.padEnd(width)}  ${check.summary}`);
  }
  console.log(
    `\n${failed.length === 0 ? "All agree" : `${failed.length} of ${checks.length} failed`} (${seconds.toFixed(0)} s)`,
  );
  return failed.length === 0;
}
