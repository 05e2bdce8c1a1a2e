/** @returns the name as a DuckDB identifier */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** @returns the text as a DuckDB string literal */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** @returns the texts as a DuckDB list of string literals */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}

/** @returns the parts as a qualified DuckDB name */
export function qualified(...parts: readonly string[]): string {
  return parts.map(identifier).join(".");
}
