import { expect, test } from "@jest/globals";
import { editText, mergeText, parsePath } from "../../sandbox/json/edit.ts";
import { canonical, parseLossless, parseRecord, valueAt } from "../../sandbox/json/lossless.ts";

test.each(['{"a":9007199254740993,"b":63.0,"c":[1e2,-0.50],"d":"\\u00e9"}', "[1,2.0]", "12345678901234567890"])(
  "%s keeps its numbers through parse and stringify",
  (text) => {
    expect(JSON.parse(JSON.stringify(parseLossless(text)))).toEqual(JSON.parse(text));
    expect(JSON.stringify(parseLossless(text)).replace("é", "\\u00e9")).toBe(text);
  },
);

test("Numbers are equal by value and long ones by their digits", () => {
  const of = (text: string) => canonical(parseLossless(text));
  expect(of("63.0")).toBe(of("63"));
  expect(of("1e2")).toBe(of("100"));
  expect(of("9007199254740993")).not.toBe(of("9007199254740992"));
  expect(of('{"b":1,"a":2}')).toBe(of('{ "a": 2.0, "b": 1 }'));
  expect(of("[1,2]")).not.toBe(of("[2,1]"));
});

test("A record's long ids are read exactly", () => {
  const record = parseRecord('{"schoolReference":{"schoolId":9007199254740993}}');
  expect(canonical(valueAt(record, "schoolReference.schoolId"))).toBe("9007199254740993");
  expect(valueAt(record, "schoolReference.none.deeper")).toBeUndefined();
});

test.each<[string, Record<string, string | number | null | object>, string]>([
  ['{"a":1.0,"b":2}', { a: 1 }, '{"a":1.0,"b":2}'],
  ['{"a":1.0,"b":2}', { b: 3 }, '{"a":1.0,"b":3}'],
  ['{"a":1,"_etag":"x"}', { b: 3 }, '{"a":1,"b":3,"_etag":"x"}'],
  ["{}", { a: "x" }, '{"a":"x"}'],
  ['{"a":1,"b":2,"c":3}', { a: null }, '{"b":2,"c":3}'],
  ['{"a":1,"b":2,"c":3}', { c: null }, '{"a":1,"b":2}'],
  ['{"a":1}', { a: null, b: null }, "{}"],
  ['{"a":{"x":1.0,"y":"}{\\""},"b":[1]}', { a: { y: "z" } }, '{"a":{"x":1.0,"y":"z"},"b":[1]}'],
  ['{ "a" : { "x" : 1 } , "b" : [ 1, 2 ] }', { b: [3] }, '{ "a" : { "x" : 1 } , "b" : [3] }'],
])("%s merged with %j is %s", (text, patch, expected) => {
  expect(mergeText(text, patch as never)).toBe(expected);
});

test("A path reaches into lists, and one that leads nowhere is refused", () => {
  const text = '{"a":[{"b":"]"},{"b":1.0}],"c":true}';
  expect(editText(text, parsePath("$.a[1].b"), () => "2")).toBe('{"a":[{"b":"]"},{"b":2}],"c":true}');
  expect(editText(text, parsePath("$.a[0]"), () => undefined)).toBe('{"a":[{"b":1.0}],"c":true}');
  expect(() => editText(text, parsePath("$.a[7].b"), () => "2")).toThrow("no '7'");
  expect(() => editText(text, parsePath("$.a[2]"), () => "2")).toThrow("no element 2");
  expect(() => parsePath("a.b")).toThrow("not a path");
});
