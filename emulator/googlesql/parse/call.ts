import type { Call, Expression, FrameBound, Name, OrderItem, Window } from "../syntax.ts";
import type { Cursor } from "./cursor.ts";

/** Reads the arguments and modifiers of a function call; `path` is its name as written. */
export function parseCall(cursor: Cursor, path: Name[]): Call {
  const safe = path.length === 2 && path[0]?.text.toUpperCase() === "SAFE";
  cursor.expect("(");
  const call: Call = {
    path: safe ? path.slice(1) : path,
    safe,
    star: cursor.is("*", ")") && cursor.take("*"),
    distinct: cursor.take("DISTINCT"),
    arguments: [],
    named: new Map(),
    nulls: undefined,
    having: undefined,
    orderBy: [],
    limit: undefined,
    over: undefined,
  };
  if (!cursor.is(")") && !call.star) {
    cursor.list(() => parseArgument(cursor, call));
    parseModifiers(cursor, call);
  }
  cursor.expect(")");
  refuseForeignSuffix(cursor);
  call.over = cursor.take("OVER") ? parseOver(cursor) : undefined;
  return call;
}

function parseArgument(cursor: Cursor, call: Call): void {
  if (cursor.peek(1).key === "=>") {
    const name = cursor.name();
    cursor.expect("=>");
    call.named.set(name.text.toLowerCase(), cursor.expression());
    return;
  }
  if (cursor.isAny("TABLE", "MODEL", "LAMBDA", "SELECT", "WITH")) {
    cursor.refuse(`${cursor.peek().key} as an argument`);
  }
  if (cursor.peek(1).key === "->") {
    cursor.refuse("lambda ->");
  }
  const argument = cursor.expression();
  // STRUCT is the only function whose arguments take names, and it is not parsed here.
  if (cursor.is("AS")) {
    cursor.refuse("AS in the arguments of a function");
  }
  call.arguments.push(argument);
}

function parseModifiers(cursor: Cursor, call: Call): void {
  if (cursor.isAny("IGNORE", "RESPECT")) {
    call.nulls = cursor.next().key === "IGNORE" ? "IGNORE" : "RESPECT";
    cursor.expect("NULLS");
  }
  if (cursor.take("HAVING")) {
    if (!cursor.isAny("MAX", "MIN")) {
      cursor.refuse("HAVING in an aggregate");
    }
    const extreme = cursor.next().key === "MAX" ? "MAX" : "MIN";
    call.having = { extreme, value: cursor.expression() };
  }
  if (cursor.isAny("GROUP", "WHERE")) {
    cursor.refuse(`${cursor.peek().key} in an aggregate`);
  }
  if (cursor.take("ORDER", "BY")) {
    call.orderBy = parseOrder(cursor);
  }
  if (cursor.take("LIMIT")) {
    call.limit = cursor.expression();
  }
}

function refuseForeignSuffix(cursor: Cursor): void {
  if (cursor.is("FILTER", "(")) {
    cursor.refuse("FILTER");
  }
  if (cursor.is("WITHIN", "GROUP")) {
    cursor.refuse("WITHIN GROUP");
  }
  if (cursor.isAny("IGNORE", "RESPECT") && cursor.peek(2).key === "OVER") {
    cursor.refuse(`${cursor.peek().key} NULLS after the parenthesis`);
  }
  if (cursor.is("WITH", "DIFFERENTIAL_PRIVACY") || cursor.is("WITH", "REPORT")) {
    cursor.refuse(`WITH ${cursor.peek(1).key}`);
  }
}

/** Reads the items of ORDER BY. */
export function parseOrder(cursor: Cursor): OrderItem[] {
  if (cursor.is("ALL")) {
    cursor.refuse("ORDER BY ALL");
  }
  return cursor.list(() => {
    const value = cursor.expression();
    if (cursor.is("COLLATE")) {
      cursor.refuse("COLLATE");
    }
    const descending = cursor.take("DESC");
    if (!descending) {
      cursor.take("ASC");
    }
    let nulls: OrderItem["nulls"];
    if (cursor.take("NULLS")) {
      nulls = cursor.is("FIRST") ? "FIRST" : "LAST";
      cursor.expect(nulls);
    }
    return { value, descending, nulls };
  });
}

function parseOver(cursor: Cursor): Window {
  if (cursor.isName()) {
    return { base: cursor.name(), partitionBy: [], orderBy: [], frame: undefined, bare: true };
  }
  return parseWindow(cursor);
}

/** Reads `( [name] [PARTITION BY …] [ORDER BY …] [frame] )`, or only a name. */
export function parseWindow(cursor: Cursor): Window {
  if (cursor.isName()) {
    return { base: cursor.name(), partitionBy: [], orderBy: [], frame: undefined, bare: true };
  }
  cursor.expect("(");
  const base = cursor.isName() ? cursor.name() : undefined;
  const partitionBy: Expression[] = cursor.take("PARTITION", "BY") ? cursor.list(() => cursor.expression()) : [];
  const orderBy = cursor.take("ORDER", "BY") ? parseOrder(cursor) : [];
  const frame = parseFrame(cursor);
  cursor.expect(")");
  return { base, partitionBy, orderBy, frame, bare: false };
}

function parseFrame(cursor: Cursor): Window["frame"] {
  if (cursor.is("GROUPS")) {
    cursor.refuse("GROUPS frame");
  }
  if (!cursor.isAny("ROWS", "RANGE")) {
    return undefined;
  }
  const unit = cursor.next().key === "ROWS" ? "ROWS" : "RANGE";
  let from: FrameBound;
  let to: FrameBound | undefined;
  if (cursor.take("BETWEEN")) {
    from = parseBound(cursor);
    cursor.expect("AND");
    to = parseBound(cursor);
  } else {
    from = parseBound(cursor);
  }
  if (cursor.is("EXCLUDE")) {
    cursor.refuse("EXCLUDE in a window frame");
  }
  return { unit, from, to };
}

function parseBound(cursor: Cursor): FrameBound {
  for (const kind of ["UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING", "CURRENT ROW"] as const) {
    if (cursor.take(...kind.split(" "))) {
      return { kind };
    }
  }
  const distance = cursor.expression();
  const kind = cursor.is("PRECEDING") ? "PRECEDING" : "FOLLOWING";
  cursor.expect(kind);
  return { kind, distance };
}
