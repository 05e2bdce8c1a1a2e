import type { SimpleType, Type } from "../syntax.ts";
import type { Cursor } from "./cursor.ts";

const simpleTypes: Readonly<Record<string, SimpleType>> = {
  INT64: "INT64",
  INT: "INT64",
  SMALLINT: "INT64",
  INTEGER: "INT64",
  BIGINT: "INT64",
  TINYINT: "INT64",
  BYTEINT: "INT64",
  FLOAT64: "FLOAT64",
  NUMERIC: "NUMERIC",
  DECIMAL: "NUMERIC",
  BOOL: "BOOL",
  BOOLEAN: "BOOL",
  STRING: "STRING",
  BYTES: "BYTES",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "DATETIME",
  TIMESTAMP: "TIMESTAMP",
  JSON: "JSON",
};

/** Reads a type. Types the emulator cannot keep (BIGNUMERIC, GEOGRAPHY, INTERVAL, RANGE) and unknown ones are refused. */
export function parseType(cursor: Cursor): Type {
  return cursor.nested(() => {
    if (cursor.take("ARRAY", "<")) {
      const element = parseType(cursor);
      if (element.kind === "array") {
        cursor.refuse("array of arrays");
      }
      cursor.expect(">");
      return { kind: "array", element };
    }
    if (cursor.take("STRUCT", "<")) {
      const fields = cursor.list(() => parseField(cursor));
      cursor.expect(">");
      return { kind: "struct", fields };
    }
    return parseSimple(cursor);
  });
}

function parseSimple(cursor: Cursor): Type {
  const token = cursor.next();
  const name = token.kind === "word" && Object.hasOwn(simpleTypes, token.key) ? simpleTypes[token.key] : undefined;
  if (name === undefined) {
    return cursor.refuse(`type ${token.text || "at end of statement"}`, undefined, token.offset);
  }
  const parameters: string[] = [];
  if (cursor.is("(")) {
    if (!["STRING", "BYTES", "NUMERIC"].includes(name)) {
      cursor.refuse(`type ${name}(…)`);
    }
    parameters.push(...cursor.parenthesized(() => parseParameter(cursor)));
  }
  return { kind: "simple", name, parameters };
}

function parseParameter(cursor: Cursor): string {
  const token = cursor.next();
  if (token.kind !== "number" || !/^\d+$/.test(token.text)) {
    cursor.refuse("type parameter that is not an integer", undefined, token.offset);
  }
  return token.text;
}

/** A field is `name type` or only `type`; the word after the first one tells which. */
function parseField(cursor: Cursor): { name: { text: string; offset: number } | undefined; type: Type } {
  const after = cursor.peek(1);
  const isNamed = after.kind === "word" || after.kind === "name";
  return { name: isNamed ? cursor.name(true) : undefined, type: parseType(cursor) };
}
