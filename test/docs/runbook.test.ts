import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";

const runbook = readFileSync("docs/runbook.md", "utf8").replaceAll(/\s+/g, " ");
const files = globSync(["shared/**/*.ts", "functions/**/*.{ts,js}"]).sort();
const code = files.map((file) => readFileSync(file, "utf8")).join("\n");

/** Shorter pieces of a text are in any page. */
const pieceMin = 12;

/** The first string or template literal in the arguments of a call that is more than a word; what it fills in stands as …. */
function messageAt(source: string, start: number): string | undefined {
  for (let at = start, depth = 1; depth > 0 && at < source.length; at += 1) {
    const char = source[at] ?? "";
    if (char === "(") depth += 1;
    if (char === ")") depth -= 1;
    if (char !== '"' && char !== "`") continue;
    const { text, end } = literalAt(source, at);
    if (text.includes(" ")) return text;
    at = end;
  }
  return undefined;
}

function literalAt(source: string, start: number): { text: string; end: number } {
  const quote = source[start];
  let text = "";
  let at = start + 1;
  for (; at < source.length && source[at] !== quote; at += 1) {
    if (source[at] === "\\") {
      text += " ";
      at += 1;
    } else if (quote === "`" && source.startsWith("${", at)) {
      at = braceEnd(source, at + 2);
      text += "…";
    } else text += source[at];
  }
  return { text, end: at };
}

/** Where the brace that was opened before is closed, over whatever literals lie between. */
function braceEnd(source: string, start: number): number {
  let at = start;
  for (let depth = 1; at < source.length; at += 1) {
    const char = source[at];
    if (char === "{") depth += 1;
    if (char === "}") depth -= 1;
    if (depth === 0) break;
    if (char === '"' || char === "`") at = literalAt(source, at).end;
  }
  return at;
}

const calls = /new (?:PermanentError|RetryableError|ConflictError|Refusal)\(|log\.(?:warn|error)\(/g;

/** What each error and warning says, as far as it is the same each time: its first sentence, or a piece of it. */
function saidBy(file: string): string[] {
  const source = readFileSync(file, "utf8");
  return [...source.matchAll(calls)].flatMap((call) => {
    const message = messageAt(source, call.index + call[0].length);
    const pieces = (message ?? "").split("…").map((piece) => piece.replaceAll(/^[\s".,:(]+|[\s".,:(]+$/g, ""));
    const piece = pieces.find(({ length }) => length >= pieceMin);
    return piece === undefined ? [] : [piece.split(/\.\s|: |; /)[0] ?? ""];
  });
}

describe("the runbook", () => {
  test("finds what there is to find", () => {
    const all = files.flatMap(saidBy);
    expect(all.length).toBeGreaterThan(80);
    expect(all).toContain("The source refused the credentials");
    expect(all).toContain("which is no function of Rollcall");
  });

  test.each(files.filter((file) => saidBy(file).length > 0))(
    "has a place for all that %s says when something is wrong",
    (file) => {
      expect(saidBy(file).filter((text) => !runbook.includes(text))).toEqual([]);
    },
  );

  test("quotes nothing that is not said any more", () => {
    const paragraphs = readFileSync("docs/runbook.md", "utf8").split(/\n\s*\n/);
    const said = paragraphs.flatMap((paragraph) => paragraph.replaceAll(/\s+/g, " ").split("*Said*:").slice(1));
    const quoted = said.flatMap((text) => [...text.matchAll(/"([^"]+)"/g)].map(([, quote = ""]) => quote));
    const pieces = quoted
      .flatMap((quote) => quote.split("…").map((piece) => piece.trim()))
      .filter(({ length }) => length > 16);
    expect(pieces.length).toBeGreaterThan(80);
    expect(pieces.filter((piece) => !code.includes(piece))).toEqual([]);
  });

  test("leads to headings that are there", () => {
    const text = readFileSync("docs/runbook.md", "utf8");
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });
});
