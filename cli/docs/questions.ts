import { tablesRead } from "../../shared/refresh/dependencies.ts";
import { tokensOf } from "../../shared/refresh/tokens.ts";

/** A question that districts ask, and the models whose rows answer it. */
export interface Question {
  readonly text: string;
  readonly queries: readonly string[];
  readonly models: readonly string[];
}

/** The questions of a page such as docs/marts.md: a numbered heading each, with queries below it. */
export function questionsOf(markdown: string): Question[] {
  const [, ...parts] = markdown.split(/^## \d+\. /m);
  return parts.map((part) => {
    const [text = "", ...rest] = part.split("\n");
    const queries = [...rest.join("\n").matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = ""]) => sql.trim());
    const models = queries.flatMap((sql) => tablesRead(tokensOf(sql)).map(({ path }) => path));
    return { text: text.trim(), queries, models: [...new Set(models)].sort() };
  });
}
