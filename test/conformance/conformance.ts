import * as z from "zod";

const letters = ["E", "P", "S"] as const;
type Letter = (typeof letters)[number];

/** A behaviour of the conformance list. */
export interface Behaviour {
  readonly number: string;
  readonly title: string;
}

/** What the tests say of a behaviour: `none` is one that no test names. */
export interface Verdict extends Behaviour {
  readonly tests: number;
  readonly state: "green" | "red" | "none";
}

export type Totals = Readonly<Record<Letter, { readonly total: number; readonly green: number }>>;

/** The part of Jest's own results (`--json`) that is read here. */
export const jestResultsSchema = z.looseObject({
  testResults: z.array(
    z.looseObject({
      assertionResults: z.array(
        z.looseObject({ title: z.string(), ancestorTitles: z.array(z.string()), status: z.string() }),
      ),
    }),
  ),
});

export type JestResults = z.infer<typeof jestResultsSchema>;

/** Reads the list of behaviours: number, a tab, title. */
export function parseBehaviours(text: string): Behaviour[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [number = "", title = ""] = line.split("\t");
    if (!/^[EPS]\d+$/.test(number) || title === "") throw new Error(`not a behaviour: ${line}`);
    return { number, title };
  });
}

/** The numbers with which a title begins: `E2 E3 many extractions ask for one token` has two. */
export function numbersOf(title: string): string[] {
  return /^(?:[EPS]\d+[ ,]+)+/.exec(title)?.[0].match(/[EPS]\d+/g) ?? [];
}

/** Judges each behaviour by the tests that name it, in their own title or in that of a describe around them. */
export function judge(behaviours: readonly Behaviour[], results: JestResults): Verdict[] {
  const statuses = new Map<string, string[]>();
  for (const { title, ancestorTitles, status } of results.testResults.flatMap((file) => file.assertionResults)) {
    for (const number of new Set([...ancestorTitles, title].flatMap(numbersOf))) {
      statuses.set(number, [...(statuses.get(number) ?? []), status]);
    }
  }
  return behaviours.map((behaviour) => {
    const found = statuses.get(behaviour.number) ?? [];
    // A test that was skipped shows nothing, so it is not green.
    const isGreen = found.every((status) => status === "passed");
    return { ...behaviour, tests: found.length, state: found.length === 0 ? "none" : isGreen ? "green" : "red" };
  });
}

/** How many behaviours there are of each kind, and how many of them are green. */
export function totalsOf(verdicts: readonly Verdict[]): Totals {
  const of = (letter: Letter): { total: number; green: number } => {
    const mine = verdicts.filter(({ number }) => number.startsWith(letter));
    return { total: mine.length, green: mine.filter(({ state }) => state === "green").length };
  };
  return { E: of("E"), P: of("P"), S: of("S") };
}

/** The verdicts as a table, with the totals below. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const width = Math.max(...verdicts.map(({ title }) => title.length));
  const line = (number: string, title: string, tests: string, state: string): string =>
    `${number.padEnd(4)} ${title.padEnd(width)} ${tests.padStart(6)}  ${state}`;
  const rows = verdicts.map(({ number, title, tests, state }) => line(number, title, String(tests), state));
  const totals = totalsOf(verdicts);
  const sums = letters.map((letter) => `${letter}: ${totals[letter].green} of ${totals[letter].total} green`);
  return [line("", "behaviour", "tests", "state"), ...rows, "", ...sums].join("\n");
}
