/** Draws whole numbers below a bound, the same ones for the same seed. */
export type Draw = (below: number) => number;

/** A generator of whole numbers (a linear congruence: enough to choose test values by). */
export function drawFrom(seed: number): Draw {
  let state = BigInt(seed);
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(below));
  };
}

/** One family of expressions: a function of GoogleSQL over values that are easy to get wrong. */
export type Family = (draw: Draw) => string;

function pick(draw: Draw, from: readonly string[]): string {
  return from[draw(from.length)] ?? "null";
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

const date: Family = (draw) => `date '${1999 + draw(40)}-${two(1 + draw(12))}-${two(1 + draw(28))}'`;

const timestamp: Family = (draw) => {
  const day = `${2020 + draw(8)}-${two(1 + draw(12))}-${two(1 + draw(28))}`;
  const fraction = pick(draw, ["", ".5", ".123456"]);
  return `timestamp '${day} ${two(draw(24))}:${two(draw(60))}:${two(draw(60))}${fraction}+00'`;
};

// biome-ignore format: a table of values reads better in rows
const texts = [
  "''", "'abc'", "'Añb c'", "' 12 '", "'12'", "'-7'", "'12.5'", "'1e3'", "'true'", "'2025-02-30'", "'2025-02-28'", "'a-b--c'",
  "'xÿz'", "'0x1F'", "'+5'", "'NaN'", "'a.b'", "'O\\'Neil'", "'00012'", "'.5'", "'1,5'", "cast(null as string)",
  "'uri://ed-fi.org/GradeLevelDescriptor#Tenth grade'", "'2025-09-01T00:00:00'", "'2025-09-01 10:00:00'",
];
const text: Family = (draw) => pick(draw, texts);

// biome-ignore format: a table of values reads better in rows
const documents = [
  '{"a":1}', '{"a":"x"}', '{"a":null}', '{"a":[1,"b",null,{"c":2}]}', '{"a":{"b":true}}', "{}", "[]", '{"a":1.50}', '{"a":1e2}',
  '{"a":"12"}', '{"a":false}', '{"a":""}', '{"a":-0.5}', '{"a":"TRUE"}', '{"a":"1.6"}', '{"a":2.5}', '{"a":[]}', '{"a":["x","y"]}',
];
const document: Family = (draw) => `json '${pick(draw, documents)}'`;

const numbers = ["0", "1", "-1", "2.5", "-2.5", "0.5", "1.005", "100", "0.000000001", "-0.1", "99999999999.999999999"];
const numeric: Family = (draw) => `numeric '${pick(draw, numbers)}'`;
const integer: Family = (draw) => pick(draw, ["0", "1", "-3", "7", "20", "cast(null as int64)"]);
const datePart: Family = (draw) => pick(draw, ["day", "week", "isoweek", "week(monday)", "month", "quarter", "year"]);
const integers: Family = (draw) =>
  `unnest([${Array.from({ length: 1 + draw(5) }, () => pick(draw, ["1", "2", "-3", "4", "null", "2"])).join(", ")}, 5])`;
const integersAsText: Family = (draw) =>
  `unnest([${Array.from({ length: 1 + draw(5) }, () => pick(draw, ["'1'", "'02'", "'2'", "'B'", "'a'"])).join(", ")}])`;
const integerArray: Family = (draw) => `[${Array.from({ length: 1 + draw(4) }, () => String(draw(9))).join(", ")}]`;

const dates: Readonly<Record<string, Family>> = {
  date_diff: (d) => `date_diff(${date(d)}, ${date(d)}, ${datePart(d)})`,
  date_trunc: (d) => `date_trunc(${date(d)}, ${datePart(d)})`,
  date_add: (d) =>
    `date_add(${date(d)}, interval ${d(40) - 20} ${pick(d, ["day", "week", "month", "quarter", "year"])})`,
  date_sub: (d) => `date_sub(${date(d)}, interval ${d(40)} ${pick(d, ["day", "week", "month"])})`,
  date_compare: (d) => `${date(d)} ${pick(d, ["<", "<=", "=", ">", "!="])} ${date(d)}`,
  date_parts: (d) => `date(${2000 + d(30)}, ${1 + d(12)}, ${1 + d(28)})`,
  last_day: (d) => `last_day(${date(d)}${pick(d, ["", ", month", ", year", ", quarter"])})`,
  extract: (d) =>
    `extract(${pick(d, ["day", "week", "isoweek", "isoyear", "dayofweek", "dayofyear", "month", "quarter", "year"])} from ${date(d)})`,
  extract_zone: (d) =>
    `extract(${pick(d, ["hour", "dayofweek", "day", "minute"])} from ${timestamp(d)} at time zone 'America/New_York')`,
  timestamp_diff: (d) =>
    `timestamp_diff(${timestamp(d)}, ${timestamp(d)}, ${pick(d, ["second", "minute", "hour", "day", "millisecond"])})`,
  timestamp_add: (d) =>
    `timestamp_add(${timestamp(d)}, interval ${d(90) - 45} ${pick(d, ["second", "minute", "hour", "day"])})`,
  timestamp_trunc: (d) => `timestamp_trunc(${timestamp(d)}, ${pick(d, ["day", "hour", "month", "week"])})`,
  timestamp_date: (d) => `date(${timestamp(d)}, ${pick(d, ["'America/New_York'", "'UTC'", "'Asia/Kolkata'"])})`,
  format_date: (d) =>
    `format_date(${pick(d, ["'%Y-%m-%d'", "'%b %e %Y'", "'%G-%V'", "'%j'", "'%a'", "'%U'", "'%y%m'", "'%B'", "'%A'"])}, ${date(d)})`,
  format_timestamp: (d) =>
    `format_timestamp(${pick(d, ["'%Y-%m-%dT%H:%M:%S'", "'%s'", "'%I %p'", "'%F %T'"])}, ${timestamp(d)})`,
  parse_date: (d) =>
    `safe.parse_date(${pick(d, ["'%Y-%m-%d'", "'%m/%d/%Y'", "'%Y%m%d'"])}, ${pick(d, ["'2025-09-01'", "'9/5/2025'", "'20250901'", "'2025-13-01'", "''", "'2025-9-1'", "'2025-09-01x'"])})`,
  parse_timestamp: (d) =>
    `safe.parse_timestamp(${pick(d, ["'%Y-%m-%dT%H:%M:%SZ'", "'%m/%d/%Y %H:%M'"])}, ${pick(d, ["'2025-09-01T10:00:00Z'", "'9/5/2025 07:30'", "'2025-09-01'", "'x'"])})`,
  unix_seconds: (d) => `${pick(d, ["unix_seconds", "unix_millis", "unix_micros"])}(${timestamp(d)})`,
  timestamp_text: (d) => `cast(${timestamp(d)} as string)`,
  date_bounds: (d) =>
    `${date(d)} between ${date(d)} and coalesce(${pick(d, ["cast(null as date)", "date '2030-01-01'"])}, date '9999-12-31')`,
  date_extremes: (d) =>
    `${pick(d, ["least", "greatest"])}(${date(d)}, ${pick(d, ["cast(null as date)", "date '2010-08-23'"])}, ${date(d)})`,
  generate_dates: (d) =>
    `array_length(generate_date_array(date '2010-08-23', date_add(date '2010-08-23', interval ${d(9) - 2} day)))`,
};

const casts: Readonly<Record<string, Family>> = {
  safe_cast_int64: (d) => `safe_cast(${text(d)} as int64)`,
  safe_cast_float64: (d) => `safe_cast(${text(d)} as float64)`,
  safe_cast_numeric: (d) => `safe_cast(${text(d)} as numeric)`,
  safe_cast_date: (d) => `safe_cast(${text(d)} as date)`,
  safe_cast_date_head: (d) => `safe_cast(substr(${text(d)}, 1, 10) as date)`,
  safe_cast_timestamp: (d) =>
    `safe_cast(${pick(d, ["'2025-09-01T10:00:00Z'", "'2025-09-01 10:00:00.5+02'", "'2025-09-01'", "'x'", "'2025-09-01T10:00:00.123456Z'"])} as timestamp)`,
  safe_cast_time: (d) => `safe_cast(${pick(d, ["'10:00:00'", "'23:59:59.5'", "'x'", "'25:00:00'", "''"])} as time)`,
  safe_cast_bool: (d) => `safe_cast(${text(d)} as bool)`,
  cast_int64: (d) =>
    `cast(${pick(d, ["2.5", "-2.5", "3.49", "0.5", "1.5", "-0.5", "1e3", "numeric '2.5'", "true"])} as int64)`,
  cast_string: (d) =>
    `cast(${pick(d, ["2.5", "100.0", "0.1", "123456789.125", "cast(7 as float64)", "true", "date '2025-01-01'", "numeric '10.50'", "numeric '-0.1'", "12"])} as string)`,
  cast_numeric: (d) => `cast(${pick(d, ["1", "-7", "0.5", "'1.25'", "100000", "numeric '3'"])} as numeric)`,
};

const strings: Readonly<Record<string, Family>> = {
  substr: (d) => `substr(${text(d)}, ${d(9) - 4}, ${d(4)})`,
  substr_tail: (d) => `substr(${text(d)}, ${d(9) - 4})`,
  split: (d) => `array_length(split(${text(d)}, ${pick(d, ["'-'", "','"])}))`,
  split_offset: (d) => `split(${text(d)}, '#')[safe_offset(${d(3)})]`,
  lpad: (d) => `lpad(${text(d)}, ${d(6)}, ${pick(d, ["'0'", "'ab'"])})`,
  strpos: (d) => `strpos(${text(d)}, ${pick(d, ["'b'", "''", "'-'"])})`,
  upper: (d) => `${pick(d, ["upper", "lower", "trim", "reverse", "length", "ltrim", "rtrim"])}(${text(d)})`,
  initcap: (d) => `initcap(${text(d)})`,
  replace: (d) => `replace(${text(d)}, ${pick(d, ["'b'", "'-'"])}, ${pick(d, ["'zz'", "''"])})`,
  starts_with: (d) => `${pick(d, ["starts_with", "ends_with"])}(${text(d)}, ${pick(d, ["'a'", "'c'", "''", "'1'"])})`,
  concat: (d) => `concat(${text(d)}, ${pick(d, ["'x'", "'\\u001f'", "cast(null as string)"])}, ${text(d)})`,
  like: (d) => `${text(d)} like ${pick(d, ["'a%'", "'%.%'", "'_2%'", "'%'"])}`,
  regexp_extract: (d) =>
    `regexp_extract(${text(d)}, ${pick(d, ["r'(\\d+)'", "r'[a-z]+'", "r'^(a)'", "r'[^#]*$'", "r'^(.*)#'", "r'(?:a)-(b)'"])})`,
  regexp_replace: (d) =>
    `regexp_replace(${text(d)}, ${pick(d, ["r'[a-z]'", "r'\\d'", "r'[^0-9]+'"])}, ${pick(d, ["'_'", "''"])})`,
  regexp_contains: (d) => `regexp_contains(${text(d)}, ${pick(d, ["r'b'", "r'^\\d+$'", "r'(?i)ABC'"])})`,
  left_right: (d) => `${pick(d, ["left", "right"])}(${text(d)}, ${d(5)})`,
  format: (d) => `format(${pick(d, ["'%d'", "'%05d'", "'%3d|'"])}, ${d(2000) - 1000})`,
  ascii_compare: (d) => `${text(d)} ${pick(d, ["<", ">", "=", "!="])} ${text(d)}`,
  array_to_string: (d) => `array_to_string([${text(d)}, ${text(d)}], ${pick(d, ["'-'", "''"])})`,
  split_last: (d) => `array_reverse(split(${text(d)}, '-'))[offset(0)]`,
  key_hash: (d) => `to_hex(md5(concat(lower(trim(${text(d)})), '\\u001f', lower(trim(${text(d)})))))`,
  sha256: (d) => `to_hex(sha256(${text(d)}))`,
};

const json: Readonly<Record<string, Family>> = {
  json_value: (d) => `json_value(${document(d)}, '${pick(d, ["$.a", "$.a.b", "$.b", "$.a[0]", "$"])}')`,
  json_query: (d) => `to_json_string(json_query(${document(d)}, '$.a'))`,
  json_query_array: (d) => `array_length(json_query_array(${document(d)}, '$.a'))`,
  json_value_array: (d) => `array_to_string(json_value_array(${document(d)}, '$.a'), ',')`,
  json_unnest: (d) =>
    `(select string_agg(json_value(r, '$'), ',') from unnest(json_query_array(${document(d)}, '$.a')) as r)`,
  lax_bool: (d) => `lax_bool(json_query(${document(d)}, '$.a'))`,
  lax_int64: (d) => `lax_int64(json_query(${document(d)}, '$.a'))`,
  lax_float64: (d) => `lax_float64(json_query(${document(d)}, '$.a'))`,
  lax_string: (d) => `lax_string(json_query(${document(d)}, '$.a'))`,
  json_number: (d) => `safe_cast(json_value(${document(d)}, '$.a') as numeric)`,
  json_type: (d) => `json_type(json_query(${document(d)}, '$.a'))`,
};

const arithmetic: Readonly<Record<string, Family>> = {
  numeric_plus: (d) => `${numeric(d)} ${pick(d, ["+", "-", "*"])} ${numeric(d)}`,
  numeric_divide: (d) => `safe_divide(${numeric(d)}, ${numeric(d)})`,
  numeric_integer: (d) => `${numeric(d)} * ${integer(d)}`,
  numeric_compare: (d) => `${numeric(d)} ${pick(d, ["<", ">=", "="])} ${integer(d)} * numeric '0.10'`,
  numeric_round: (d) => `round(${numeric(d)}, ${d(3)})`,
  float_round: (d) => `round(${pick(d, ["2.5", "-2.5", "3.46", "0.1234", "10.0"])}, ${d(3)})`,
  safe_divide: (d) => `safe_divide(${integer(d)}, ${integer(d)})`,
  integer_division: (d) => `${pick(d, ["mod", "div"])}(${d(20) - 10}, ${1 + d(4)})`,
  greatest: (d) => `${pick(d, ["greatest", "least"])}(${integer(d)}, ${integer(d)}, ${integer(d)})`,
  rounding: (d) => `${pick(d, ["floor", "ceil", "trunc", "abs", "sign"])}(${numeric(d)})`,
  conditional: (d) =>
    `${pick(d, ["coalesce", "ifnull", "nullif"])}(${integer(d)}, ${integer(d)}) ${pick(d, ["+ 1", "in (1, 7)", "between 0 and 7", "is null"])}`,
  case_when: (d) => `case when ${integer(d)} > 1 then 'big' when ${integer(d)} is null then 'none' else 'small' end`,
  logic: (d) => `${bool(d)} ${pick(d, ["and", "or"])} ${pick(d, ["", "not "])}${bool(d)}`,
};

function bool(draw: Draw): string {
  return pick(draw, ["true", "false", "cast(null as bool)"]);
}

const sets: Readonly<Record<string, Family>> = {
  sum: (d) => `(select ${pick(d, ["sum", "min", "max", "count"])}(x) from ${integers(d)} as x)`,
  avg: (d) => `(select ${pick(d, ["avg", "sum"])}(cast(x as numeric)) from ${integers(d)} as x)`,
  countif: (d) => `(select countif(x > ${d(4)}) from ${integers(d)} as x)`,
  logical: (d) => `(select ${pick(d, ["logical_or", "logical_and"])}(x > ${d(4)}) from ${integers(d)} as x)`,
  distinct: (d) => `(select count(distinct x) from ${integers(d)} as x)`,
  string_agg: (d) =>
    `(select string_agg(cast(x as string), '|' order by x ${pick(d, ["", "desc"])}) from ${integers(d)} as x)`,
  array_agg: (d) =>
    `array_to_string((select array_agg(cast(x as string) ignore nulls order by x ${pick(d, ["", "desc", "limit 2"])}) from ${integers(d)} as x), '|')`,
  array_query: (d) =>
    `array(select cast(x as string) from unnest(${integerArray(d)}) as x where x > ${d(5)} order by x)`,
  array_distinct: (d) => `array(select distinct x from unnest(${integerArray(d)}) as x order by x)`,
  array_offset: (d) => `${integerArray(d)}[${pick(d, ["safe_offset", "safe_ordinal", "offset", "ordinal"])}(${d(4)})]`,
  in_unnest: (d) => `${d(9)} in unnest(${integerArray(d)})`,
  array_concat: (d) => `array_length(array_concat(${integerArray(d)}, ${integerArray(d)}))`,
  with_offset: (d) =>
    `(select string_agg(concat(cast(o as string), ':', cast(x as string)), ',' order by o) from unnest(${integerArray(d)}) as x with offset as o)`,
  row_number: (d) =>
    `(select string_agg(cast(n as string), ',' order by n) from (select row_number() over (partition by mod(x, 2) order by x desc) as n from unnest(${integerArray(d)}) as x))`,
  running_sum: (d) =>
    `(select max(s) from (select sum(x) over (order by o rows between ${d(3)} preceding and current row) as s from unnest(${integerArray(d)}) as x with offset as o))`,
  lag: (d) =>
    `(select string_agg(cast(p as string), ',' order by o) from (select o, ${pick(d, ["lag", "lead"])}(x) over (order by o) as p from unnest(${integerArray(d)}) as x with offset as o))`,
  nulls_order: (d) =>
    `(select array_agg(coalesce(x, -99) order by x ${pick(d, ["", "desc", "nulls last", "desc nulls first"])}) from ${integers(d)} as x)`,
  string_order: (d) =>
    `(select string_agg(x, '|' order by x) from unnest([${text(d)}, ${text(d)}, 'B', 'a', 'é']) as x)`,
  string_extremes: (d) => `(select ${pick(d, ["min", "max"])}(x) from unnest([${text(d)}, ${text(d)}, 'B', 'a']) as x)`,
  distinct_list: (d) =>
    `array_to_string((select array_agg(distinct x order by x) from ${integersAsText(d)} as x), '|')`,
  group_by_text: (d) =>
    `(select count(*) from (select x from unnest([${text(d)}, 'abc', 'ABC', 'abc ']) as x group by x))`,
  exists: (d) => `exists (select 1 from ${integers(d)} as x where x > ${d(6)})`,
  in_query: (d) => `${d(6)} ${pick(d, ["in", "not in"])} (select x from ${integers(d)} as x)`,
  union: (d) =>
    `(select count(*) from (select x from ${integers(d)} as x union ${pick(d, ["all", "distinct"])} select x from ${integers(d)} as x))`,
  rank: (d) =>
    `(select string_agg(cast(n as string), ',' order by n) from (select ${pick(d, ["rank", "dense_rank"])}() over (order by x) as n from ${integers(d)} as x))`,
  first_of: (d) => `(select array_agg(x order by x desc limit 1)[safe_offset(0)] from unnest(${integerArray(d)}) as x)`,
  struct_text: (d) => `to_json_string(struct(${integer(d)} as a, ${text(d)} as b, ${bool(d)} as c))`,
  struct_list: (d) =>
    `to_json_string((select array_agg(struct(x as n, ${text(d)} as t) order by x) from unnest(${integerArray(d)}) as x))`,
  struct_field: (d) => `(select s.b from (select struct(${d(9)} as a, ${text(d)} as b) as s))`,
};

/** Every family by name. The functions are those the models use and their neighbours. */
export const families: Readonly<Record<string, Family>> = {
  ...dates,
  ...casts,
  ...strings,
  ...json,
  ...arithmetic,
  ...sets,
};
