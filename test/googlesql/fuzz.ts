import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { rowText } from "../models/harness/compare.ts";
import type { TestWarehouse } from "../models/harness/warehouse.ts";
import { type GoogleSql, Refused, type Result } from "./client.ts";
import { drawFrom, families } from "./expressions.ts";
import type { Check } from "./report.ts";

const knownSchema = z.array(
  z.strictObject({
    name: z.string(),
    /** Regular expression on the text of the expression. */
    expression: z.string().transform((pattern) => new RegExp(pattern, "i")),
    reason: z.string(),
  }),
);

type Known = z.infer<typeof knownSchema>;

/**
 * Evaluates random expressions in the reference evaluator and, translated, in DuckDB. Values must be equal; where one fails, the
 * other must. What the translator refuses is counted, not failed: refusing is its promise.
 */
export async function fuzz(
  googlesql: GoogleSql,
  warehouse: TestWarehouse,
  perFamily: number,
  seed: number,
): Promise<Check> {
  const known = knownSchema.parse(
    parse(readFileSync(new URL("known-differences.yaml", import.meta.url), "utf8")) ?? [],
  );
  const tally = new Tally(known);
  for (const [family, expression] of Object.entries(families)) {
    const draw = drawFrom(seed + family.length * 7919 + family.charCodeAt(0));
    const drawn = new Set(Array.from({ length: perFamily }, () => expression(draw)));
    for (const one of drawn) tally.add(family, one, await compare(one, googlesql, warehouse));
  }
  return tally.check();
}

/** How the two agree on one expression; `skipped` is one that the evaluator itself does not know. */
type Agreement = "equal" | "refused" | "skipped" | { readonly evaluator: string; readonly emulator: string };

async function compare(expression: string, googlesql: GoogleSql, warehouse: TestWarehouse): Promise<Agreement> {
  const sql = `select ${expression} as v`;
  const reference = await attempt(() => googlesql.evaluate(sql, []));
  if (
    reference.error !== undefined &&
    /not supported|unimplemented|not found|no matching|syntax error/i.test(reference.error)
  ) {
    return "skipped";
  }
  const columns = reference.value?.columns ?? [];
  const emulated = await attempt(() => (columns.length > 0 ? warehouse.select(sql, columns) : warehouse.run(sql)));
  if (emulated.refused) return "refused";
  if (reference.error !== undefined && emulated.error !== undefined) return "equal";
  const expected = reference.error ?? valueText(reference.value?.rows);
  const actual = emulated.error ?? valueText(emulated.value);
  return expected === actual ? "equal" : { evaluator: expected, emulator: actual };
}

function valueText(rows: Result["rows"] | undefined): string {
  return (rows ?? []).map((row) => rowText(["v"], row)).join(" ");
}

interface Attempt<T> {
  readonly value?: T;
  readonly error?: string;
  readonly refused?: boolean;
}

async function attempt<T>(step: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await step() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [line = ""] = error.message.split("\n");
    return { error: `error: ${line}`, refused: !(error instanceof Refused) && error.name === "UnsupportedSql" };
  }
}

class Tally {
  readonly #known: Known;
  readonly #count = { equal: 0, refused: 0, skipped: 0, known: 0 };
  readonly #hits = new Map<string, number>();
  readonly #agreed = new Set<string>();
  readonly #problems: string[] = [];
  readonly #refused = new Map<string, number>();

  constructor(known: Known) {
    this.#known = known;
  }

  add(family: string, expression: string, agreement: Agreement): void {
    const known = this.#known.find((one) => one.expression.test(expression));
    if (typeof agreement === "string") {
      this.#count[agreement] += 1;
      if (agreement === "equal" && known !== undefined) this.#agreed.add(known.name);
      if (agreement === "refused") this.#refused.set(family, (this.#refused.get(family) ?? 0) + 1);
      return;
    }
    if (known === undefined) {
      this.#problems.push(`${family}: ${expression}: evaluator ${agreement.evaluator}, emulator ${agreement.emulator}`);
      return;
    }
    this.#count.known += 1;
    this.#hits.set(known.name, (this.#hits.get(known.name) ?? 0) + 1);
  }

  /** Entries whose every expression agreed: the difference is gone, and so must be the entry. */
  get #stale(): string[] {
    return [...this.#agreed]
      .filter((name) => !this.#hits.has(name))
      .map((name) => `${name} is in known-differences.yaml, and no longer differs: take it off`);
  }

  check(): Check {
    const { equal, refused, skipped, known } = this.#count;
    const compared = equal + known + this.#problems.length;
    return {
      title: "Expressions, translator and evaluator",
      summary: `${equal}/${compared} equal (${known} known to differ), ${refused} refused, ${skipped} unknown to the evaluator`,
      problems: [...this.#problems, ...this.#stale],
      notes: [
        ...[...this.#hits].map(([name, count]) => `known difference ${name}: ${count}`),
        ...[...this.#refused].map(([family, count]) => `refused by the translator: ${family} (${count})`),
      ],
    };
  }
}
