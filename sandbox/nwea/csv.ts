/** How the columns of an export are laid out. Which there are, in what order, and what they are called differs between exports. */
export interface Layout {
  readonly order?: "published" | "reversed" | "sorted";
  /** Columns that are called otherwise: `{ TestRITScore: "RIT Score" }`. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Columns that are not there. */
  readonly without?: readonly string[];
  /** Begins each file with the mark of UTF-8. */
  readonly bom?: boolean;
  readonly lineEnd?: "\n" | "\r\n";
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
/** Text is given on in pieces of about this size. */
const pieceLength = 64 * 1024;

/** A file of CSV, made while it is read. */
export function* csvFile(
  columns: readonly string[],
  rows: Iterable<Readonly<Record<string, string>>>,
  layout: Layout,
): Generator<Buffer> {
  const { order = "published", rename = {}, without = [], bom = false, lineEnd = "\n" } = layout;
  const left = columns.filter((name) => !without.includes(name));
  const ordered = order === "published" ? left : order === "reversed" ? left.toReversed() : left.toSorted();
  let text = `${bom ? "\uFEFF" : ""}${ordered.map((name) => rename[name] ?? name).join(",")}${lineEnd}`;
  for (const row of rows) {
    let line = "";
    for (const name of ordered) {
      line += `${line === "" ? "" : ","}${quoted(row[name] ?? "")}`;
    }
    text += line + lineEnd;
    if (text.length >= pieceLength) {
      yield Buffer.from(text, "utf8");
      text = "";
    }
  }
  yield Buffer.from(text, "utf8");
}
