import { once, raiseText } from "./body.ts";

/** White space by Unicode, which TRIM without a set of characters removes. DuckDB's trim() removes blanks only. */
const blanks = [
  9,
  10,
  11,
  12,
  13,
  32,
  0x85,
  0xa0,
  0x1680,
  ...span(0x2000, 0x200a),
  0x2028,
  0x2029,
  0x202f,
  0x205f,
  0x3000,
];
const blankLiteral = `'${String.fromCodePoint(...blanks)}'`;

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Whether a string may begin or end with a blank: it does not with a sign of ASCII. */
const mayBegin = "v < '!' OR v > '~'";
const mayEnd = "regexp_matches(v, '[^!-~]$')";

/** DuckDB makes its set of characters anew for each row, so that only strings that may have a blank to lose are trimmed. */
const trims = [
  { name: "trim", mayLose: `${mayBegin} OR ${mayEnd}` },
  { name: "ltrim", mayLose: mayBegin },
  { name: "rtrim", mayLose: mayEnd },
].map(({ name, mayLose }) => {
  const blank = once("s", `CASE WHEN ${mayLose} THEN ${name}(v, ${blankLiteral}) ELSE v END`);
  return `bq_${name}(s) AS ${blank}, (s, characters) AS ${name}(s, characters)`;
});

const pads = ["lpad", "rpad"].map((name) => {
  const body = (
    pattern: string,
  ) => `CASE WHEN s IS NULL THEN NULL WHEN n < 0 THEN ${raiseText("Length of a padded string cannot be negative", "VARCHAR")}
    WHEN ${pattern} = '' THEN ${raiseText("Pattern of a padded string cannot be empty", "VARCHAR")}
    ELSE ${name}(s, CAST(n AS INTEGER), ${pattern}) END`;
  return `bq_${name}(s, n) AS ${body("' '")}, (s, n, pattern) AS ${body("pattern")}`;
});

const negative = (what: string) => raiseText(`${what} cannot be negative`, "VARCHAR");
// A position of 0, or before the start, is the start.
const start = "CASE WHEN p = 0 OR p < -length(s) THEN 1 ELSE p END";

// What separates words for INITCAP; every other character is part of one.
const delimiters = '\\s\\[\\](){}/|<>!?@"^#$&~_,.:;*%+\\-';

/** Whether a pattern has a capturing group, for patterns that are computed. */
const hasGroup = "regexp_matches(regexp_replace(pattern, '\\\\.|\\(\\?[^P<]|\\[[^\\]]*\\]', '', 'g'), '\\(')";

/** String functions whose edge cases differ. */
export const stringMacros: readonly string[] = [
  "bq_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(x AS BLOB)) ELSE length(CAST(x AS VARCHAR)) END",
  "bq_byte_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(x AS BLOB)) ELSE strlen(CAST(x AS VARCHAR)) END",
  `bq_repeat(s, n) AS CASE WHEN n < 0 THEN ${negative("Repetitions")} ELSE repeat(s, n) END`,
  ...trims,
  ...pads,
  `bq_left(s, n) AS CASE WHEN n < 0 AND s IS NOT NULL THEN ${negative("Length")} ELSE left(s, n) END`,
  `bq_right(s, n) AS CASE WHEN n < 0 AND s IS NOT NULL THEN ${negative("Length")} ELSE right(s, n) END`,
  `bq_substr(s, p) AS substring(s, ${start}),
   (s, p, n) AS CASE WHEN n < 0 AND s IS NOT NULL THEN ${negative("Length")} ELSE substring(s, ${start}, n) END`,
  "bq_translate(s, source, target) AS translate(s, source, target)",
  "bq_contains_substr(x, s) AS contains(lower(nfc_normalize(CAST(x AS VARCHAR))), lower(nfc_normalize(s)))",
  `bq_instr_at(s, t, p, n) AS CASE WHEN p < 1 OR n < 1 THEN ${raiseText("INSTR from the end is not supported")}
   WHEN s IS NOT NULL AND t IS NOT NULL THEN
   coalesce(list_filter(range(p, length(s) - length(t) + 2), lambda i: substring(s, i, length(t)) = t)[n], 0) END`,
  `bq_instr(s, t) AS strpos(s, t),
   (s, t, p) AS bq_instr_at(s, t, p, 1),
   (s, t, p, n) AS bq_instr_at(s, t, p, n)`,
  `bq_initcap(s) AS array_to_string(list_transform(
   regexp_extract_all(lower(s), '[^${delimiters}]+|[${delimiters}]+'), lambda word: upper(word[1]) || word[2:]), '')`,
  `bq_ascii(s) AS CASE WHEN ascii(s) > 127 THEN ${raiseText("Input of ASCII is no ASCII character")} ELSE ascii(s) END`,
  "bq_unicode(s) AS CASE WHEN s = '' THEN 0 ELSE unicode(s) END",
  "bq_split(s) AS string_split(s, ','), (s, delimiter) AS string_split(s, delimiter)",
  `bq_regexp_extract_all(s, pattern) AS CASE WHEN ${hasGroup}
   THEN regexp_extract_all(s, pattern, 1) ELSE regexp_extract_all(s, pattern, 0) END`,
  `bq_from_position(s, p) AS CASE WHEN p < 1 THEN ${raiseText("Position must be positive", "VARCHAR")} ELSE substring(s, p) END`,
  `bq_occurrence(list, n) AS list[CASE WHEN n < 1 THEN ${raiseText("Occurrence must be positive")} ELSE n END]`,
  `bq_bounded(x, n) AS CASE WHEN bq_length(x) > n THEN cast_to_type(${raiseText("Value is longer than its type", "VARCHAR")}, x)
   ELSE x END`,
  "bq_safe_bounded(x, n) AS CASE WHEN bq_length(x) > n THEN NULL ELSE x END",
  ...["md5", "sha1", "sha256"].map((name) => {
    return `bq_${name}_hex(x) AS CASE WHEN typeof(x) = 'BLOB' THEN ${name}(CAST(x AS BLOB)) ELSE ${name}(CAST(x AS VARCHAR)) END`;
  }),
  "bq_md5(x) AS unhex(bq_md5_hex(x))",
  "bq_sha1(x) AS unhex(bq_sha1_hex(x))",
  "bq_sha256(x) AS unhex(bq_sha256_hex(x))",
  "bq_to_hex(x) AS lower(hex(x))",
  "bq_from_hex(s) AS unhex(CASE WHEN length(s) % 2 = 1 THEN '0' || s ELSE s END)",
  "bq_uuid() AS CAST(uuid() AS VARCHAR)",
];
