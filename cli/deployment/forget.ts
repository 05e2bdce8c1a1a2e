import { type Findings, type ForgetPorts, findStudent } from "../../shared/forget/forget.ts";
import type { Student } from "../../shared/forget/student.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { CommandError, exitCodes } from "../exit.ts";
import type { Configuration } from "../local/targets.ts";
import type { Connection } from "./connection.ts";
import { deadLetterTopic } from "./names.ts";

/** The student of a source. @throws CommandError where there is no such source */
export function studentOf({ sources, connectors }: Configuration, id: string, number: string): Student {
  const source = sources.sources.find((each) => each.id === id);
  const connector = connectors.get(source?.connector ?? "");
  if (source && connector) return { source: id, connector, number };
  const known = sources.sources.map((each) => each.id).join(", ");
  throw new CommandError(`There is no source "${id}". There are: ${known}.`, exitCodes.usage);
}

/** What the verb works with, of a deployment. */
export function forgetPorts(
  { landing, control, warehouse, topics }: Pick<Connection, "landing" | "control" | "warehouse" | "topics">,
  { connectors }: Configuration,
  models: readonly Model[],
): ForgetPorts {
  return {
    connectors,
    models,
    landing,
    control,
    warehouse,
    refreshTopic: topics.topic("refresh"),
    deadLetters: async (isMeant, take) => {
      let count = 0;
      await topics.consume(deadLetterTopic, async ({ text }) => {
        if (!isMeant(text)) return false;
        count += 1;
        return take;
      });
      return count;
    },
    clock: systemClock,
  };
}

/** One line of what was found. */
export type FoundLine = {
  readonly where: string;
  readonly what: string;
  readonly rows: number;
};

/** What was found, one line for each endpoint, table and kind. */
export function foundLines({ parts, raw, models, ledger, deadLetters }: Findings): FoundLine[] {
  const landing = new Map<string, { parts: number; rows: number }>();
  for (const { run, count } of parts) {
    const known = landing.get(run.endpoint) ?? { parts: 0, rows: 0 };
    const rows = known.rows + count.upserts + count.deletes + count.keyChanges;
    landing.set(run.endpoint, { parts: known.parts + 1, rows });
  }
  return [
    ...[...landing].map(([endpoint, found]) => ({
      where: "landing",
      what: `${endpoint} (${found.parts} part${found.parts === 1 ? "" : "s"})`,
      rows: found.rows,
    })),
    ...raw.map(({ table, rows }) => ({ where: "raw", what: table, rows })),
    ...models.map(({ table, rows }) => ({ where: "models", what: table, rows })),
    ...ledger.map(({ table, rows }) => ({ where: "ledger", what: table, rows })),
    ...(deadLetters > 0 ? [{ where: "dead letters", what: "messages", rows: deadLetters }] : []),
  ];
}

/** What is left after all was deleted; models are built anew after that. */
export async function whatIsLeft(student: Student, ports: ForgetPorts): Promise<FoundLine[]> {
  return foundLines(await findStudent(student, ports));
}
