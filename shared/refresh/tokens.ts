/** A word of GoogleSQL. Comments and white space are no tokens. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "punctuation";
  /** As written, without the backticks of a quoted name. */
  readonly text: string;
  readonly line: number;
}

// Strings come before words, because r'…', b"…" and rb'''…''' begin like one.
const pattern = new RegExp(
  [
    /(?<space>\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)/,
    /(?<string>(?:rb|br|r|b)?(?:'''(?:\\[\s\S]|[^\\])*?'''|"""(?:\\[\s\S]|[^\\])*?"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))/,
    /`(?<quoted>(?:\\.|[^`\\\n])*)`/,
    /(?<number>(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))/,
    /(?<word>[a-z_][a-z0-9_]*)/,
    /(?<punctuation>\|>|<=|>=|<>|!=|\|\||=>|@@|[^\s])/,
  ]
    .map((part) => part.source)
    .join("|"),
  "giy",
);

/**
 * Splits GoogleSQL into its words.
 * @throws SyntaxError with the line where a string or a quoted name is not closed
 */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const match of sql.matchAll(pattern)) {
    const groups = match.groups ?? {};
    const kind = (["string", "quoted", "number", "word", "punctuation"] as const).find(
      (name) => groups[name] !== undefined,
    );
    if (kind) {
      const text = groups[kind] ?? "";
      if (kind === "punctuation" && /^["'`]$/.test(text)) {
        throw new SyntaxError(`line ${line}: what begins with ${text} is not closed`);
      }
      tokens.push({ kind, text, line });
    }
    line += match[0].split("\n").length - 1;
  }
  return tokens;
}

/** The text without comments and layout: equal meaning in another layout, equal text. */
export function normalised(tokens: readonly Token[]): string {
  return tokens.map(({ kind, text }) => (kind === "quoted" ? `\`${text}\`` : text)).join(" ");
}

/** Whether a token is this keyword. A quoted name never is. */
export function isKeyword(token: Token | undefined, ...keywords: readonly string[]): boolean {
  return token?.kind === "word" && keywords.includes(token.text.toLowerCase());
}

/** Whether a token is this sign. */
export function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === "punctuation" && token.text === sign;
}
