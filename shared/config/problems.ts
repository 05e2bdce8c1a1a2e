import type * as z from "zod";
import { PermanentError } from "../errors.ts";

/** Every mistake of a file in one error: `path: what is wrong`, a line each. */
export function configurationError(file: string, problems: readonly string[]): PermanentError {
  const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
  return new PermanentError(`${file} has ${count}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`, {
    path: file,
    count: problems.length,
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(whole file)" : path.map(String).join(".");
}

/** The problems zod found, one line each, unions flattened to the branch that came closest. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    const where = pathText(issue.path);
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const closest = issue.errors.reduce((best, next) => (next.length < best.length ? next : best));
      return closest.map((inner) => `${pathText([...issue.path, ...inner.path])}: ${inner.message}`);
    }
    return [`${where}: ${issue.message}`];
  });
}

/** Parses a value read from `file` or throws one PermanentError that lists all that is wrong. */
export function parseFile<Schema extends z.ZodType>(schema: Schema, value: unknown, file: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw configurationError(file, problemsOf(result.error));
}
