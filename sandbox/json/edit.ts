import { canonical, isObject, type JsonObject, type JsonValue, parseLossless } from "./lossless.ts";

/** Where a member of an object, or an element of a list, stands in a text. */
interface Span {
  readonly name: string;
  readonly nameStart: number;
  readonly start: number;
  readonly end: number;
}

/** One step of a path: the name of a member or the index of an element. */
export type Step = string | number;

/**
 * Merges `patch` into the object written in `text` and gives the new text; what the patch does not change keeps its characters. Objects
 * merge member by member, lists and other values are replaced, `null` removes a member (the API leaves absent values out).
 */
export function mergeText(text: string, patch: JsonObject): string {
  let result = text;
  for (const [name, value] of Object.entries(patch)) {
    result = editText(result, [name], (old) => {
      if (value === null) {
        return undefined;
      }
      if (old !== undefined && isObject(value) && old.startsWith("{")) {
        return mergeText(old, value);
      }
      return sameValue(old, value) ? old : JSON.stringify(value);
    });
  }
  return result;
}

/**
 * Replaces the value at `path` of the JSON in `text` by what `change` makes of its old text (undefined: there is none, or take it away).
 * Throws a RangeError when the path leads through something that is not there.
 */
export function editText(
  text: string,
  path: readonly Step[],
  change: (old: string | undefined) => string | undefined,
): string {
  const [step, ...rest] = path;
  if (step === undefined) {
    return change(text) ?? "null";
  }
  const spans = typeof step === "number" ? elementSpans(text) : memberSpans(text);
  const index = typeof step === "number" ? step : spans.findIndex((span) => span.name === step);
  const span = spans[index];
  const old = span && text.slice(span.start, span.end);
  if (rest.length > 0) {
    if (span === undefined || old === undefined) {
      throw new RangeError(`There is no '${step}' to change.`);
    }
    return text.slice(0, span.start) + editText(old, rest, change) + text.slice(span.end);
  }
  const next = change(old);
  if (span === undefined) {
    return next === undefined ? text : insertMember(text, spans, step, next);
  }
  return next === undefined ? removeSpan(text, spans, index) : text.slice(0, span.start) + next + text.slice(span.end);
}

/** The object in `text` with an `id` as its first member; it must not have one. */
export function withIdFirst(text: string, id: string): string {
  const rest = text.slice(text.indexOf("{") + 1);
  return `{"id":${JSON.stringify(id)}${rest.trim() === "}" ? "" : ","}${rest}`;
}

/** Reads `$.sectionReference.schoolId` and `$.addresses[0].city` as steps. Throws a RangeError for any other form. */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path.slice(1);
  while (rest !== "") {
    const match = /^(?:\.([A-Za-z_]\w*)|\[(\d+)\])/.exec(rest);
    if (match === null || !path.startsWith("$")) {
      throw new RangeError(`'${path}' is not a path such as $.addresses[0].city`);
    }
    steps.push(match[1] ?? Number(match[2]));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function sameValue(old: string | undefined, value: JsonValue): boolean {
  return old !== undefined && canonical(parseLossless(old)) === canonical(value);
}

// The server's own members stand last in a record; a new one goes before them.
function insertMember(text: string, spans: readonly Span[], step: Step, value: string): string {
  if (typeof step === "number") {
    throw new RangeError(`There is no element ${step} to change.`);
  }
  const member = `${JSON.stringify(step)}:${value}`;
  const own = spans.find((span) => span.name === "_etag" || span.name === "_lastModifiedDate");
  if (own !== undefined) {
    return `${text.slice(0, own.nameStart)}${member},${text.slice(own.nameStart)}`;
  }
  const last = spans.at(-1);
  const at = last === undefined ? text.indexOf("{") + 1 : last.end;
  return `${text.slice(0, at)}${last === undefined ? "" : ","}${member}${text.slice(at)}`;
}

function removeSpan(text: string, spans: readonly Span[], index: number): string {
  const span = spans[index];
  const next = spans[index + 1];
  const previous = spans[index - 1];
  if (span === undefined) {
    return text;
  }
  if (next !== undefined) {
    return text.slice(0, span.nameStart) + text.slice(next.nameStart);
  }
  return text.slice(0, previous?.end ?? span.nameStart) + text.slice(span.end);
}

/** The members of the object in `text`, in their order. */
export function memberSpans(text: string): Span[] {
  const spans: Span[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    spans.push({ name: JSON.parse(text.slice(at, nameEnd)) as string, nameStart: at, start, end });
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return spans;
}

/** The elements of the list in `text`, in their order. */
export function elementSpans(text: string): Span[] {
  const spans: Span[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text[at] !== "]") {
    const end = endOfValue(text, at);
    spans.push({ name: "", nameStart: at, start: at, end });
    at = skipSpace(text, end);
    at = text[at] === "," ? skipSpace(text, at + 1) : text.length;
  }
  return spans;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) {
    at += 1;
  }
  return at;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') {
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') {
    return endOfString(text, from);
  }
  if (first !== "{" && first !== "[") {
    const rest = /[,\]}\s]/g;
    rest.lastIndex = from;
    return rest.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at) - 1;
    } else if (character === "{" || character === "[") {
      depth += 1;
    } else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) {
        return at + 1;
      }
    }
  }
  return text.length;
}
