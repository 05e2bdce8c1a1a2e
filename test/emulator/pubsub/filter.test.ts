import { describe, expect, test } from "@jest/globals";
import { parseFilter } from "../../../emulator/pubsub/filter.ts";

const attributes = { kind: "page", objectId: "manifests/a.json", empty: "", "odd.key": "x", quote: 'a"b\\c' };

describe("parseFilter", () => {
  test.each([
    ["", true],
    ["   ", true],
    ['attributes.kind = "page"', true],
    ['attributes.kind="other"', false],
    ['attributes.kind != "page"', false],
    ['attributes.kind != "other"', true],
    ['attributes.missing != "x"', true],
    ['attributes.missing = ""', false],
    ['attributes.empty = ""', true],
    ["attributes:kind", true],
    ["attributes:missing", false],
    ["attributes:empty", true],
    ['attributes:"odd.key"', true],
    ['attributes."odd.key" = "x"', true],
    ['hasPrefix(attributes.objectId, "manifests/")', true],
    ['hasPrefix( attributes.objectId , "parts/" )', false],
    ['hasPrefix(attributes.missing, "")', false],
    ["NOT attributes:missing", true],
    ["-attributes:missing", true],
    ["NOT NOT attributes:kind", true],
    ["attributes:kind AND attributes:missing", false],
    ["attributes:kind OR attributes:missing", true],
    ["attributes:missing OR attributes:missing2 OR attributes:kind", true],
    ["attributes:kind AND NOT attributes:missing AND attributes:empty", true],
    ["(attributes:missing OR attributes:kind) AND attributes:empty", true],
    ["attributes:missing OR (attributes:kind AND attributes:empty)", true],
    ["NOT (attributes:kind AND attributes:missing)", true],
    ['attributes.quote = "a\\"b\\\\c"', true],
    ['attributes.kind = "\\u0070age"', true],
    ["attributes:toString", false],
  ])("%s: %s", (filter, expected) => {
    expect(parseFilter(filter)(attributes)).toBe(expected);
  });

  test.each([
    "attributes",
    "attributes.kind",
    "attributes.kind =",
    "attributes.kind = page",
    'attributes.kind == "page"',
    'attributes.kind > "a"',
    'data = "x"',
    "attributes:a AND attributes:b OR attributes:c",
    "attributes:a AND",
    "(attributes:a",
    "attributes:a)",
    "attributes:a attributes:b",
    "hasPrefix(attributes.a)",
    'hasSuffix(attributes.a, "x")',
    "attributes:a and attributes:b",
    'attributes.kind = "unclosed',
    `attributes.kind = "${"x".repeat(256)}"`,
  ])("%s is refused", (filter) => {
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code: 3 }));
  });
});
