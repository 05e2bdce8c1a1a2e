import { derivedId, keyFor, keyText, keyValues } from "../edfi/natural-keys.ts";
import { editText, withIdFirst } from "../json/edit.ts";
import { parseRecord } from "../json/lossless.ts";
import { type BaseRows, normalId } from "./base-rows.ts";
import { type FileText, openText } from "./file-text.ts";

const newline = 0x0a;
const space = 0x20;
const comma = 0x2c;
const carriageReturn = 0x0d;
const idFirst = Buffer.from('{"id":"');
/** How much text is looked through at a time for a needle. */
const searchRows = 2048;

/** Rows of a file, with what it costs to keep them in memory. */
export interface FileRows extends BaseRows {
  readonly memory: number;
  release(): void;
}

/** A file and where its lines are. */
interface Lines {
  readonly text: FileText;
  readonly count: number;
  start(ordinal: number): number;
  end(ordinal: number): number;
}

/**
 * Reads `<resource>.jsonl` or `.jsonl.gz`: one record per line, blank lines apart. Only where the lines are is kept beside the text, which is
 * served as it stands; a record without an `id` gets one derived from its natural key, or from its place when it has none of those either.
 * Throws for a line that is no JSON object, when that line is asked for.
 */
export async function openFileRows(resource: string, path: string, standard: number): Promise<FileRows> {
  const index = lineIndex();
  const text = await openText(path, index.add);
  const { starts, ends, idsFirst } = index.finish();
  const count = starts.length;
  const lines: Lines = {
    text,
    count,
    start: (ordinal) => starts[ordinal] ?? text.bytes,
    end: (ordinal) => ends[ordinal] ?? text.bytes,
  };
  const raw = (ordinal: number) => text.slice(lines.start(ordinal), lines.end(ordinal)).toString("utf8");
  const identify = idsOf(resource, standard, raw);
  const id = (ordinal: number) => (idsFirst ? idIn(lines, ordinal) : identify(ordinal).id);
  const withId = (ordinal: number) => (idsFirst ? raw(ordinal) : identify(ordinal).text);
  let ordinals: Map<string, number> | undefined;
  return {
    count,
    isGenerated: false,
    id,
    text: withId,
    joined: (from, to) => (idsFirst ? joinedAsTheyStand(lines, from, to) : joinedOneByOne(withId, from, to)),
    ordinalOf: (wanted) => {
      ordinals ??= new Map(Array.from({ length: count }, (_, ordinal) => [normalId(id(ordinal)), ordinal]));
      return ordinals.get(wanted);
    },
    containing: (needle) => linesContaining(lines, needle),
    // A file costs no memory worth counting, and letting go of it would only mean to unpack it again.
    memory: text.memory === 0 ? 0 : text.memory + count * 16,
    release: text.release,
  };
}

// One piece of the file, with commas for what stands between its lines.
function joinedAsTheyStand({ text, start, end }: Lines, from: number, to: number): Buffer {
  if (from >= to) {
    return Buffer.alloc(0);
  }
  const first = start(from);
  const page = Buffer.from(text.slice(first, end(to - 1)));
  for (let ordinal = from; ordinal < to - 1; ordinal += 1) {
    page.fill(space, end(ordinal) - first, start(ordinal + 1) - first);
    page[end(ordinal) - first] = comma;
  }
  return page;
}

function joinedOneByOne(textAt: (ordinal: number) => string, from: number, to: number): Buffer {
  return Buffer.from(Array.from({ length: Math.max(to - from, 0) }, (_, index) => textAt(from + index)).join(","));
}

function* linesContaining({ text, count, start, end }: Lines, needle: string): Iterable<number> {
  for (let from = 0; from < count; from += searchRows) {
    const to = Math.min(from + searchRows, count);
    const part = text.slice(start(from), end(to - 1));
    let ordinal = from;
    let at = part.indexOf(needle);
    while (at !== -1 && ordinal < to) {
      while (end(ordinal) - start(from) < at + needle.length) {
        ordinal += 1;
      }
      yield ordinal;
      ordinal += 1;
      at = ordinal < to ? part.indexOf(needle, start(ordinal) - start(from)) : -1;
    }
  }
}

/** The lines of a file found while it streams by: where each begins and ends, blank ones left out. */
function lineIndex() {
  const starts = numbers();
  const ends = numbers();
  let position = 0;
  let lineStart = 0;
  let lastByte = newline;
  let headBytes = 0;
  let headMatches = true;
  let idsFirst = true;

  const endLine = (newlineAt: number) => {
    const end = lastByte === carriageReturn ? newlineAt - 1 : newlineAt;
    if (end > lineStart) {
      starts.push(lineStart);
      ends.push(end);
      idsFirst &&= headMatches && headBytes === idFirst.length;
    }
    lineStart = newlineAt + 1;
    lastByte = newline;
    headBytes = 0;
    headMatches = true;
  };
  const add = (chunk: Buffer) => {
    let from = 0;
    while (from < chunk.length) {
      const at = chunk.indexOf(newline, from);
      const stop = at === -1 ? chunk.length : at;
      for (let index = from; index < stop && headBytes < idFirst.length; index += 1) {
        headMatches &&= chunk[index] === idFirst[headBytes];
        headBytes += 1;
      }
      lastByte = stop > from ? (chunk[stop - 1] ?? newline) : lastByte;
      if (at !== -1) {
        endLine(position + at);
      }
      from = stop + 1;
    }
    position += chunk.length;
  };
  const finish = () => {
    endLine(position);
    return { starts: starts.list(), ends: ends.list(), idsFirst };
  };
  return { add, finish };
}

/** A list of numbers that grows without boxing them. */
function numbers() {
  let list = new Float64Array(1024);
  let count = 0;
  return {
    push: (value: number) => {
      if (count === list.length) {
        const larger = new Float64Array(list.length * 2);
        larger.set(list);
        list = larger;
      }
      list[count] = value;
      count += 1;
    },
    list: () => list.subarray(0, count),
  };
}

function idIn({ text, start, end }: Lines, ordinal: number): string {
  const from = start(ordinal) + idFirst.length;
  const head = text.slice(from, Math.min(end(ordinal), from + 64));
  const quote = head.indexOf(0x22);
  return head.toString("latin1", 0, quote === -1 ? head.length : quote);
}

/** Gives a row its id: its own, or one derived; and its text with that id in it. */
function idsOf(resource: string, standard: number, raw: (ordinal: number) => string) {
  let key: ReturnType<typeof keyFor> | null = null;
  return (ordinal: number): { id: string; text: string } => {
    const text = raw(ordinal);
    const record = parseRecord(text);
    if (typeof record.id === "string") {
      return { id: record.id, text };
    }
    if (key === null) {
      key = keyFor(resource, parseRecord(raw(0)), standard);
    }
    const values = key && keyValues(record, key);
    const id = derivedId(resource, values ? keyText(values) : `row ${ordinal}`);
    return {
      id,
      text: withIdFirst(
        editText(text, ["id"], () => undefined),
        id,
      ),
    };
  };
}
