/** What a problem in a literal is called, and where in its text it stands. */
export class LiteralProblem extends Error {
  readonly construct: string;
  readonly offset: number;

  constructor(construct: string, offset: number) {
    super(construct);
    this.construct = construct;
    this.offset = offset;
  }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};

const escapeSequence = /\\(?:x[0-9a-fA-F]{2}|X[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S]|$)/g;

/**
 * Resolves the escape sequences of a string, bytes or quoted identifier (GoogleSQL lexical structure, "Escape
 * sequences"). Throws {@link LiteralProblem} for a sequence that GoogleSQL does not have.
 *
 * @param body the text between the quotes
 * @returns the characters; for bytes each character is one byte
 */
export function resolveEscapes(body: string, bytes: boolean): string {
  if (!body.includes("\\")) {
    return bytes ? utf8(body) : body;
  }
  let result = "";
  let last = 0;
  for (const match of body.matchAll(escapeSequence)) {
    const literal = body.slice(last, match.index);
    result += (bytes ? utf8(literal) : literal) + escaped(match[0], match.index, bytes);
    last = match.index + match[0].length;
  }
  const rest = body.slice(last);
  return result + (bytes ? utf8(rest) : rest);
}

function escaped(sequence: string, offset: number, bytes: boolean): string {
  const letter = sequence[1] ?? "";
  const simple = simpleEscapes[letter];
  if (simple !== undefined && sequence.length === 2) {
    return simple;
  }
  const isUnicode = letter === "u" || letter === "U";
  if (sequence.length > 2 && !(isUnicode && bytes)) {
    const code = /[xXuU]/.test(letter) ? Number.parseInt(sequence.slice(2), 16) : Number.parseInt(sequence.slice(1), 8);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    if (isUnicode ? isCharacter : code <= 0xff) {
      return String.fromCodePoint(code);
    }
  }
  throw new LiteralProblem(`escape sequence ${sequence}`, offset);
}

/** The UTF-8 bytes of a text, one character for each byte. */
function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
