import { PermanentError } from "../../errors.ts";

/** The columns of a CSV file: what they are called in records, whatever the file calls them, and which there have to be. */
export interface ColumnRules {
  /** Other names by the one that records have: `{ TestRITScore: ["RIT Score"] }`. Case, spaces and signs do not count. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Columns without which the file is not what it should be. */
  readonly required: readonly string[];
}

const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");

/**
 * The names that records have, by the place of each column; undefined for a column without a name. A column that the rules do not know keeps
 * its own name. Where a file has a column under its name and another under an old name of it, the latter keeps its own.
 * @throws PermanentError when a required column is missing, or one is there twice
 */
export function columnNames(header: readonly string[], rules: ColumnRules): readonly (string | undefined)[] {
  const known = new Map<string, string>();
  for (const [name, others] of Object.entries(rules.names)) {
    for (const other of others) known.set(plainName(other), name);
  }
  // A column's own name counts for more than what another was called once.
  for (const name of [...Object.keys(rules.names), ...rules.required]) known.set(plainName(name), name);
  const own = new Set(
    header.map((name) => known.get(plainName(name))).filter((name, index) => isOwn(name, header[index])),
  );
  const names = header.map((text) => {
    const name = text.trim();
    if (name === "") return undefined;
    const found = known.get(plainName(name));
    return found === undefined || (own.has(found) && !isOwn(found, name)) ? name : found;
  });
  assertWhole(names, rules.required, header);
  return names;
}

const isOwn = (name: string | undefined, text: string | undefined): boolean =>
  name !== undefined && text !== undefined && plainName(name) === plainName(text);

function assertWhole(
  names: readonly (string | undefined)[],
  required: readonly string[],
  header: readonly string[],
): void {
  const twice = names.find((name, index) => name !== undefined && names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new PermanentError(
      `A CSV file of the source has the column ${twice} twice. Say in the connector file what the other is called`,
    );
  }
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new PermanentError(
      `A CSV file of the source lacks the columns ${missing.join(", ")}. It has ${header.join(", ").slice(0, 2000)}: say under \`columns\` in the connector file what they are called there`,
    );
  }
}
