import type { Call } from "../../syntax.ts";
import { writeFormat } from "../format.ts";
import type { Writer } from "../writer.ts";
import {
  argument,
  arrayOf,
  commonOfArguments,
  type FunctionRule,
  type FunctionRules,
  integer,
  renamed,
  scalar,
  unlimited,
} from "./rule.ts";

function text(name: string, least: number, most = least): FunctionRule {
  return renamed(name, [least, most], "STRING");
}

/** CONCAT is a chain of ||, which unlike DuckDB's concat() is NULL as soon as one operand is. */
function writeConcat(call: Call, writer: Writer): string {
  const [first, ...rest] = call.arguments;
  if (first === undefined) {
    throw new RangeError("CONCAT has an argument");
  }
  const chain = rest.reduce((left, right) => {
    return { kind: "binary", operator: "||", left, right, offset: first.offset } as const;
  }, first);
  return writer.expression(chain);
}

/** NORMALIZE knows four forms, DuckDB one. */
function writeNormalize(call: Call, writer: Writer): string {
  const [value, mode] = [argument(call, 0), call.arguments[1]];
  if (
    mode !== undefined &&
    !(mode.kind === "path" && mode.parts.length === 1 && mode.parts[0]?.text.toUpperCase() === "NFC")
  ) {
    writer.refuse("NORMALIZE to another form than NFC", mode.offset);
  }
  return `nfc_normalize(${writer.expression(value)})`;
}

/** A literal position from the start, and a literal length, need no macro to look at them. */
const substring = scalar([2, 3], "STRING", (call, writer) => {
  const isPlain = call.arguments.slice(1).every((one) => one.kind === "literal" && /^[1-9]\d*$/.test(one.value));
  return `${isPlain ? "substring" : "bq_substr"}(${writer.expressions(call.arguments)})`;
});

/** String functions. */
export const stringFunctions: FunctionRules = {
  UPPER: text("upper", 1),
  LOWER: text("lower", 1),
  LENGTH: renamed("bq_length", [1, 1], "INT64"),
  CHAR_LENGTH: renamed("bq_length", [1, 1], "INT64"),
  CHARACTER_LENGTH: renamed("bq_length", [1, 1], "INT64"),
  BYTE_LENGTH: renamed("bq_byte_length", [1, 1], "INT64"),
  OCTET_LENGTH: renamed("bq_byte_length", [1, 1], "INT64"),
  REVERSE: text("reverse", 1),
  REPEAT: text("bq_repeat", 2),
  TRIM: text("bq_trim", 1, 2),
  LTRIM: text("bq_ltrim", 1, 2),
  RTRIM: text("bq_rtrim", 1, 2),
  LPAD: text("bq_lpad", 2, 3),
  RPAD: text("bq_rpad", 2, 3),
  LEFT: text("bq_left", 2),
  RIGHT: text("bq_right", 2),
  SUBSTR: substring,
  SUBSTRING: substring,
  REPLACE: text("replace", 3),
  TRANSLATE: text("bq_translate", 3),
  STARTS_WITH: renamed("starts_with", [2, 2], "BOOL"),
  ENDS_WITH: renamed("ends_with", [2, 2], "BOOL"),
  CONTAINS_SUBSTR: renamed("bq_contains_substr", [2, 2], "BOOL"),
  STRPOS: renamed("strpos", [2, 2], "INT64"),
  INSTR: renamed("bq_instr", [2, 4], "INT64"),
  INITCAP: text("bq_initcap", 1),
  ASCII: integer("bq_ascii", [1, 1]),
  UNICODE: integer("bq_unicode", [1, 1]),
  CHR: scalar([1, 1], "STRING", (call, writer) => `chr(CAST(${writer.expression(argument(call, 0))} AS INTEGER))`),
  EDIT_DISTANCE: renamed("levenshtein", [2, 2], "INT64"),
  NORMALIZE: scalar([1, 2], "STRING", writeNormalize),
  CONCAT: scalar([1, unlimited], commonOfArguments, writeConcat),
  SPLIT: renamed("bq_split", [1, 2], () => arrayOf("STRING")),
  FORMAT: scalar([1, unlimited], "STRING", writeFormat),
};
