import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type District, openDistrict } from "../models/district/district.ts";
import { relationsIn } from "../models/harness/model.ts";
import type { CellRow } from "../models/harness/value.ts";

/** docs/marts.md: questions, each with its query and the result of that query on the sample district. */
export const pagePath = join(import.meta.dirname, "..", "..", "docs", "marts.md");

/** The day on which the page's queries look: a Friday of the sample's school year, a week before its end. */
export const pageDay = "2011-05-20";

/** A query of the page, and the table of its result that follows it. */
export interface Answer {
  readonly query: string;
  readonly result: string;
}

const answers = /^```sql\n([\s\S]*?)^```\n\n((?:^\|.*\n)*)/gm;

/** Every query of the page with its printed result. */
export function answersOf(page: string): Answer[] {
  return [...page.matchAll(answers)].map(([, query = "", result = ""]) => ({ query, result }));
}

/** The page with every result as the district gives it now. @throws Error when a query cannot be run */
export async function answered(page: string, district: District): Promise<string> {
  const results = new Map<string, string>();
  for (const { query } of answersOf(page)) {
    await district.build(relationsIn(query));
    results.set(query, table(await district.warehouse.run(query)));
  }
  return page.replaceAll(
    answers,
    (_whole, query: string) => `\`\`\`sql\n${query}\`\`\`\n\n${results.get(query) ?? ""}`,
  );
}

function table(rows: readonly CellRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return "| no row |\n|---|\n";
  const lines = rows.map((row) => columns.map((column) => shown(row[column])));
  return [columns, columns.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** NULL is empty; a NUMERIC is written without the zeros that DuckDB gives all of them. */
function shown(value: CellRow[string] | undefined): string {
  const text = String(value ?? "");
  if (text === "null") return "";
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text.replaceAll("|", "\\|");
}

/** `node test/docs/marts-page.ts` writes the results into the page. */
if (import.meta.main) {
  const district = await openDistrict(pageDay);
  const page = readFileSync(pagePath, "utf8");
  writeFileSync(pagePath, await answered(page, district));
  district.warehouse.close();
}
