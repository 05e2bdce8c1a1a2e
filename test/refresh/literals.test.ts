import { describe, expect, test } from "@jest/globals";
import { stringLiteral, valueLiteral } from "../../shared/refresh/literals.ts";

test.each([
  ["plain", "'plain'"],
  ["it's", String.raw`'it\'s'`],
  ["a\\' or true --", String.raw`'a\\\' or true --'`],
  ["two\nlines\t\u0000\u2028", String.raw`'two\u000alines\u0009\u0000\u2028'`],
  ["Zoë 🎒", "'Zoë 🎒'"],
])("%j is written %s", (text, literal) => expect(stringLiteral(text)).toBe(literal));

describe("valueLiteral", () => {
  test.each([
    ["KG", "STRING", "'KG'"],
    [1, "STRING", "'1'"],
    [1, "INT64", "1"],
    ["-9223372036854775808", "INT64", "-9223372036854775808"],
    [0.1, "NUMERIC", "numeric '0.1'"],
    [1e-7, "FLOAT64", "1e-7"],
    [true, "BOOL", "true"],
    ["2000-01-01", "DATE", "date '2000-01-01'"],
    ["2000-01-01T00:00:00Z", "TIMESTAMP", "timestamp '2000-01-01T00:00:00Z'"],
    ["08:30:00", "TIME", "time '08:30:00'"],
  ])("writes %j for a %s", (value, type, literal) => expect(valueLiteral(value, type)).toBe(literal));

  test.each([
    ["1.5", "INT64"],
    ["1); drop table x", "INT64"],
    ["few", "NUMERIC"],
    ["yes", "BOOL"],
    ["1/1/2000", "DATE"],
    ["x", "JSON"],
  ])("refuses %j for a %s", (value, type) => expect(() => valueLiteral(value, type)).toThrow(SyntaxError));
});
