/** The reserved keywords of GoogleSQL (lexical structure, "Reserved keywords"): not names unless quoted or after a dot. */
export const reservedWords: ReadonlySet<string> = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT
  DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL
  GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP
  MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE
  RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN
  WHERE WINDOW WITH WITHIN`.split(/\s+/),
);

/**
 * Words that mean an operator or a clause in DuckDB or PostgreSQL and nothing in GoogleSQL. Where one stands in
 * operator position it is refused by its own name, which says more than "unexpected token".
 */
export const foreignWords: ReadonlySet<string> = new Set(
  `ILIKE SIMILAR GLOB RLIKE REGEXP ISNULL NOTNULL OVERLAPS DIV MOD XOR ASOF SEMI ANTI POSITIONAL SAMPLE FILTER
  EXCLUDE RETURNING OPERATOR ESCAPE COLLATE CONTAINS`.split(/\s+/),
);

/** Reserved words that are also names of functions when a parenthesis follows. */
export const callableReservedWords: ReadonlySet<string> = new Set(["IF", "LEFT", "RIGHT", "GROUPING"]);

/** Pseudo-columns of BigQuery storage, which the emulator does not keep. */
export const pseudoColumns: ReadonlySet<string> = new Set([
  "_PARTITIONTIME",
  "_PARTITIONDATE",
  "_TABLE_SUFFIX",
  "_FILE_NAME",
  "_CHANGE_TYPE",
  "_CHANGE_TIMESTAMP",
]);
