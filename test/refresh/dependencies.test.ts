import { describe, expect, test } from "@jest/globals";
import { tablesRead } from "../../shared/refresh/dependencies.ts";
import { normalised, tokensOf } from "../../shared/refresh/tokens.ts";

const read = (sql: string) => tablesRead(tokensOf(sql)).map(({ path }) => path);

describe("tablesRead", () => {
  test.each([
    ["a table", "select * from a.t", ["a.t"]],
    ["in any case", "SELECT * FROM A.T Join b.U USING (x)", ["A.T", "b.U"]],
    ["in backticks, whole", "select * from `a.t`", ["a.t"]],
    ["in backticks, by parts", "select * from `a`.`t` as x", ["a.t"]],
    ["with a project", "select * from p.a.t", ["p.a.t"]],
    [
      "every kind of join",
      "select 1 from a.t left outer join a.u on true cross join a.v full join a.w using (x)",
      ["a.t", "a.u", "a.v", "a.w"],
    ],
    ["a comma join", "select * from a.t as x, a.u y, a.v where 1 in (1, 2)", ["a.t", "a.u", "a.v"]],
    [
      "a comma join behind an ON",
      "select * from a.t join a.u on t.x = u.x and f(t.y, u.y), a.v",
      ["a.t", "a.u", "a.v"],
    ],
    ["a subquery", "select * from (select x from a.t) as s, a.u", ["a.t", "a.u"]],
    ["a join in parentheses", "select * from (a.t join a.u using (x)) join a.v using (y)", ["a.t", "a.u", "a.v"]],
    ["parentheses in parentheses", "select * from ((select 1 from a.t) union all (select 1 from a.u))", ["a.t", "a.u"]],
    ["a scalar subquery", "select (select max(x) from a.t) as m, y from a.u", ["a.t", "a.u"]],
    [
      "exists and in",
      "select 1 from a.t where exists (select 1 from a.u) and x in (select x from a.v)",
      ["a.t", "a.u", "a.v"],
    ],
    ["an array subquery", "select array(select x from a.t order by x) as xs", ["a.t"]],
    [
      "both sides of a union",
      "select x from a.t union all select x from a.u except distinct select x from a.v",
      ["a.t", "a.u", "a.v"],
    ],
    [
      "a table sample and a point in time",
      "select * from a.t tablesample system (10 percent), a.u for system_time as of ts",
      ["a.t", "a.u"],
    ],
    ["a pivot", "select * from a.t pivot (sum(x) for y in ('a', 'b')), a.u", ["a.t", "a.u"]],
    ["a query that begins with FROM", "from a.t |> where x > 1 |> join a.u using (x)", ["a.t", "a.u"]],
    ["a table twice", "select * from a.t as x join a.t as y using (z)", ["a.t", "a.t"]],
    [
      "a keyword as a quoted alias",
      "select * from a.t as `from`, a.u as `join` join a.v using (x)",
      ["a.t", "a.u", "a.v"],
    ],
  ])("sees %s", (_, sql, tables) => expect(read(sql)).toEqual(tables));

  test.each([
    [
      "common table expressions",
      "with x as (select * from a.t), y as (select * from x) select * from y join X",
      ["a.t"],
    ],
    ["a nested WITH", "select * from (with x as (select * from a.t) select * from x)", ["a.t"]],
    ["a recursive one", "with recursive x as ((select 1 as n) union all (select n + 1 from x)) select * from x", []],
    ["a quoted one", "with `x` as (select * from a.t) select * from `x`", ["a.t"]],
    ["UNNEST", "select * from a.t, unnest(t.xs) as x with offset as o left join unnest([1, 2]) as y on true", ["a.t"]],
    ["a list of a table named before", "select * from a.t as s, s.list as l, l.inner_list", ["a.t"]],
    ["a list of an unnested one", "select * from a.t, unnest(t.xs) as x, x.ys", ["a.t"]],
    ["a list of a subquery", "select * from (select ys from a.t) as s, s.ys", ["a.t"]],
    ["a list of the outer table", "select (select count(*) from s.list) from a.t as s", ["a.t"]],
    ["a table function", "select * from a.f(1, 2) as g, a.u", ["a.u"]],
    [
      "FROM of functions",
      "select extract(year from a.d), trim(leading 'x' from b.c), substring(d.e from 2) from a.t",
      ["a.t"],
    ],
    ["IS DISTINCT FROM", "select a.x is not distinct from b.y from a.t", ["a.t"]],
    ["strings", "select 'from b.s', \"join b.s\", r'\\d', '''from\nb.s''', \"\"\"from b.s\"\"\" from a.t", ["a.t"]],
    ["escaped quotes", "select 'it''s', 'a\\' from b.s' from a.t", ["a.t"]],
    ["comments", "select 1 -- from b.s\n# from b.s\n/* from b.s */ from a.t", ["a.t"]],
    ["commas of the select list", "select a.x, b.y, (select c.z) from a.t", ["a.t"]],
    [
      "commas of other clauses",
      "select x from a.t where x in (1, 2) group by a.x, b.y order by c.z, d.w limit 1",
      ["a.t"],
    ],
    ["EXCEPT and REPLACE of a star", "select * except (a, b) replace (1 as c) from a.t", ["a.t"]],
    ["a named window", "select sum(x) over w from a.t window w as (partition by b.y order by c.z)", ["a.t"]],
    ["columns that look like tables", "select a.b.c from a.t where a.b.c = d.e", ["a.t"]],
  ])("does not take %s for tables", (_, sql, tables) => expect(read(sql)).toEqual(tables));

  test("says on which line each stands", () => {
    expect(tablesRead(tokensOf("select *\nfrom a.t\n/* two\nlines */ join a.u using (x)"))).toEqual([
      { path: "a.t", line: 2 },
      { path: "a.u", line: 4 },
    ]);
  });
});

describe("tokensOf", () => {
  test.each(["select 'open", 'select "open', "select `open", "select 'open\nclosed'"])("refuses %j", (sql) => {
    expect(() => tokensOf(sql)).toThrow("is not closed");
  });

  test("leaves layout and comments out of the normal form, and nothing else", () => {
    const same = ["select a,\n  b -- c\nfrom `x`.y", "select a , b from `x` . y", "/* d */ select a, b from `x`.y"];
    expect(new Set(same.map((sql) => normalised(tokensOf(sql)))).size).toBe(1);
    const other = ["select a, b from x.y", "select 'a  b'", "select 'a b'", "select A, b from `x`.y"];
    expect(new Set([same[0] ?? "", ...other].map((sql) => normalised(tokensOf(sql)))).size).toBe(5);
  });
});
