/** A file with a model. */
export interface SqlFile {
  /** Path below the SQL folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The two parts of a model's file: the YAML of its header and its SELECT; undefined where it does not begin with a header. */
export function partsOf(text: string): { readonly header: string; readonly sql: string } | undefined {
  const plain = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const [, header, sql] = /^\/\* model\n([\s\S]*?)\*\/\s*([\s\S]*)$/.exec(plain) ?? [];
  return header === undefined || sql === undefined ? undefined : { header, sql: sql.trimEnd() };
}
