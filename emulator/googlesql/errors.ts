/**
 * The one error of the translator: the statement uses something it does not know, or is not GoogleSQL at all.
 * `construct` names what is refused, so that an author (or a test) can act on it without reading a message.
 */
export class UnsupportedSql extends Error {
  readonly construct: string;
  readonly line: number;
  readonly column: number;

  constructor(construct: string, position: { line: number; column: number }, message?: string) {
    super(`${message ?? `Not supported: ${construct}`} at [${position.line}:${position.column}]`);
    this.name = "UnsupportedSql";
    this.construct = construct;
    this.line = position.line;
    this.column = position.column;
  }
}

/** The line and column, both from one, of an offset in a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

/**
 * Marks a message that a macro raises. DuckDB's error() is volatile, and TRY() refuses what is volatile, so the macros
 * raise by casting a marked text to a number; {@link duckdbMessage} finds the text again.
 */
export const raisedMark = "googlesql: ";

/**
 * The sentence a person should read of an error DuckDB threw.
 *
 * @param message the message of the DuckDB error
 * @returns the text a macro raised, without DuckDB's conversion error around it; otherwise the message as it was
 */
export function duckdbMessage(message: string): string {
  const raised = /Could not convert string '(?:googlesql: )((?:[^']|'(?! to ))*)' to /.exec(message);
  return raised?.[1] ?? message;
}
