import { raise, raiseText } from "./body.ts";

const outside = raise("'Array index ' || CAST(n AS VARCHAR) || ' is out of bounds'");

/** The element at a position counted from `first`; raising in the position lets the element be of any type. */
function at(first: 0 | 1): string {
  const index = first === 0 ? "n + 1" : "n";
  const inside = first === 0 ? "n >= 0 AND n < len(a)" : "n >= 1 AND n <= len(a)";
  return `a[CASE WHEN a IS NULL OR n IS NULL THEN NULL WHEN ${inside} THEN ${index} ELSE ${outside} END]`;
}

/** Array functions. */
export const arrayMacros: readonly string[] = [
  `bq_at_offset(a, n) AS ${at(0)}`,
  `bq_at_ordinal(a, n) AS ${at(1)}`,
  "bq_at_safe_offset(a, n) AS a[CASE WHEN n >= 0 THEN n + 1 END]",
  "bq_at_safe_ordinal(a, n) AS a[CASE WHEN n >= 1 THEN n END]",
  "bq_array_concat(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_concat(a, b) END",
  `bq_array_to_string(a, s) AS array_to_string(list_filter(a, lambda x: x IS NOT NULL), s),
   (a, s, n) AS array_to_string(list_transform(a, lambda x: coalesce(x, n)), s)`,
  // x IN UNNEST(a): unknown only if nothing is equal and a NULL might have been.
  `bq_in_array(x, a) AS CASE WHEN a IS NULL OR len(a) = 0 THEN FALSE WHEN x IS NULL THEN NULL
   WHEN list_contains(a, x) THEN TRUE WHEN list_count(a) < len(a) THEN NULL ELSE FALSE END`,
  `bq_generate_array(a, b) AS generate_series(a, b),
   (a, b, n) AS generate_series(a, b, CASE WHEN n = 0 THEN ${raiseText("Step of an array cannot be 0")} ELSE n END)`,
];
