import { invalid } from "./errors.ts";

/**
 * The pattern of a `matchGlob` (https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob): `*`
 * stays within a path part, `**` does not, `?` is one character, `[a-z]` one of a set, `{a,b}` one of several.
 * @throws StorageError 400 for brackets that do not close.
 */
export function globToRegExp(glob: string): RegExp {
  let source = "";
  let depth = 0;
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob.charAt(index);
    if (character === "*") {
      const isDouble = glob[index + 1] === "*";
      source += isDouble ? ".*" : "[^/]*";
      if (isDouble) index += 1;
    } else if (character === "?") source += "[^/]";
    else if (character === "{") {
      source += "(?:";
      depth += 1;
    } else if (character === "}" && depth > 0) {
      source += ")";
      depth -= 1;
    } else if (character === "," && depth > 0) source += "|";
    else if (character === "[") {
      const end = glob.indexOf("]", index + 2);
      if (end === -1) throw invalid("Invalid value for matchGlob.");
      source += setSource(glob.slice(index + 1, end));
      index = end;
    } else source += escapeCharacter(character === "\\" ? glob.charAt(++index) : character);
  }
  if (depth > 0) throw invalid("Invalid value for matchGlob.");
  return new RegExp(`^${source}$`, "s");
}

/** The pattern BigQuery uses in a URI: `*` is any text, slashes too, and everything else stands for itself. */
export function wildcardToRegExp(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => [...part].map(escapeCharacter).join(""));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

function setSource(set: string): string {
  const isNegated = set.startsWith("!") || set.startsWith("^");
  const members = (isNegated ? set.slice(1) : set).replace(/[\\\]^]/g, "\\$&");
  return `[${isNegated ? "^" : ""}${members}]`;
}

function escapeCharacter(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
