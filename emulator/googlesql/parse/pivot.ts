import type { Expression, Name, Pivot } from "../syntax.ts";
import type { Cursor } from "./cursor.ts";

/** Reads PIVOT(…) and UNPIVOT(…) behind a relation. */
export function parsePivots(cursor: Cursor): Pivot[] {
  const pivots: Pivot[] = [];
  for (;;) {
    const { offset } = cursor.peek();
    if (cursor.is("PIVOT", "(")) {
      cursor.next();
      pivots.push(parsePivot(cursor, offset));
    } else if (cursor.is("UNPIVOT")) {
      cursor.next();
      pivots.push(parseUnpivot(cursor, offset));
    } else {
      return pivots;
    }
  }
}

function parsePivot(cursor: Cursor, offset: number): Pivot {
  cursor.expect("(");
  const aggregates = cursor.list(() => {
    const call = cursor.expression();
    if (call.kind !== "call") {
      cursor.refuse("PIVOT of something else than an aggregate function", undefined, call.offset);
    }
    return { call, alias: parseName(cursor) };
  });
  cursor.expect("FOR");
  const input = parseInput(cursor);
  cursor.expect("IN");
  const values = cursor.parenthesized(() => ({ value: cursor.expression(), alias: parseName(cursor) }));
  cursor.expect(")");
  return { kind: "pivot", aggregates, input, values, alias: parseName(cursor), offset };
}

/** The input is a column: as an expression it would swallow the IN behind it. */
function parseInput(cursor: Cursor): Expression {
  const first = cursor.name();
  const parts = [first];
  while (cursor.take(".")) {
    parts.push(cursor.name(true));
  }
  return { kind: "path", parts, offset: first.offset };
}

function parseUnpivot(cursor: Cursor, offset: number): Pivot {
  const includeNulls = cursor.take("INCLUDE", "NULLS");
  if (!includeNulls && cursor.take("EXCLUDE")) {
    cursor.expect("NULLS");
  }
  cursor.expect("(");
  if (cursor.is("(")) {
    cursor.refuse("UNPIVOT of several columns");
  }
  const value = cursor.name();
  cursor.expect("FOR");
  const name = cursor.name();
  cursor.expect("IN");
  const columns = cursor.parenthesized(() => ({ column: cursor.name(), label: parseLabel(cursor) }));
  cursor.expect(")");
  return { kind: "unpivot", includeNulls, value, name, columns, alias: parseName(cursor), offset };
}

function parseLabel(cursor: Cursor): Expression | undefined {
  const isLabel = cursor.take("AS") || cursor.peek().kind === "string" || cursor.peek().kind === "number";
  return isLabel ? cursor.expression() : undefined;
}

function parseName(cursor: Cursor): Name | undefined {
  if (cursor.take("AS")) {
    return cursor.name();
  }
  return cursor.isName() ? cursor.name() : undefined;
}
