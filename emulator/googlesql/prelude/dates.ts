/**
 * Date and time functions. What depends on a date part is written out by the translator (write/dates.ts), which knows
 * the part; the macros here are what does not.
 */
export const dateMacros: readonly string[] = [
  // The identity, of an argument of this type only: DuckDB would take a TIMESTAMP for a DATE without a word.
  "bq_a_date(d DATE) AS d",
  "bq_a_datetime(t TIMESTAMP) AS CAST(t AS TIMESTAMP)",
  "bq_a_timestamp(t TIMESTAMPTZ) AS CAST(t AS TIMESTAMPTZ)",
  "bq_a_time(t TIME) AS t",
  // The number of the week in the year; days before the first such weekday are in week 0.
  "bq_week(t, weekday) AS (date_part('doy', t) + 6 - (date_part('dow', t) - weekday + 7) % 7) // 7",
  `bq_date(x DATE) AS x, (x TIMESTAMP) AS CAST(x AS DATE), (x TIMESTAMPTZ) AS CAST(x AS DATE)`,
  "bq_date_in_zone(t TIMESTAMPTZ, zone) AS CAST(timezone(zone, CAST(t AS TIMESTAMPTZ)) AS DATE)",
  `bq_datetime(x DATE) AS CAST(x AS TIMESTAMP), (x TIMESTAMP) AS x, (x TIMESTAMPTZ) AS CAST(x AS TIMESTAMP),
   (x) AS bq_datetime_of_string(bq_text(x))`,
  "bq_datetime_in_zone(t TIMESTAMPTZ, zone) AS timezone(zone, CAST(t AS TIMESTAMPTZ))",
  `bq_timestamp(x DATE) AS CAST(x AS TIMESTAMPTZ), (x TIMESTAMP) AS CAST(x AS TIMESTAMPTZ), (x TIMESTAMPTZ) AS x,
   (x) AS bq_timestamp_of_string(bq_text(x))`,
  "bq_time(x TIME) AS x, (x TIMESTAMP) AS CAST(x AS TIME), (x TIMESTAMPTZ) AS bq_time_of_timestamp(x)",
  "bq_time_in_zone(t TIMESTAMPTZ, zone) AS CAST(timezone(zone, CAST(t AS TIMESTAMPTZ)) AS TIME)",
  // Where clocks go back an hour comes twice: BigQuery takes the first, DuckDB the second.
  `bq_timestamp_in_zone(t TIMESTAMP, zone) AS CASE
   WHEN timezone(zone, timezone(zone, CAST(t AS TIMESTAMP)) - INTERVAL 1 HOUR) = t THEN timezone(zone, CAST(t AS TIMESTAMP)) - INTERVAL 1 HOUR
   ELSE timezone(zone, CAST(t AS TIMESTAMP)) END`,
  "bq_offset_minutes(t, zone) AS date_diff('minute', timezone('UTC', t), timezone(zone, t))",
  `bq_zone_offset(t, zone, separator) AS CASE WHEN bq_offset_minutes(t, zone) < 0 THEN '-' ELSE '+' END
   || printf('%02d', abs(bq_offset_minutes(t, zone)) // 60) || separator || printf('%02d', abs(bq_offset_minutes(t, zone)) % 60)`,
  `bq_string_in_zone(t TIMESTAMPTZ, zone) AS bq_string_of_datetime(timezone(zone, CAST(t AS TIMESTAMPTZ)))
   || regexp_replace(bq_zone_offset(CAST(t AS TIMESTAMPTZ), zone, ':'), ':00$', '')`,
  "bq_format_c(t) AS strftime(t, '%a %b ') || lpad(strftime(t, '%-d'), 2, ' ') || strftime(t, ' %H:%M:%S %Y')",
  "bq_format_seconds(t) AS strftime(t, '%S') || rtrim(rtrim(strftime(t, '.%f'), '0'), '.')",
  "bq_parse_seconds(s) AS to_timestamp(bq_int64_of_string(s))",
  "bq_zone_digits(s) AS regexp_replace(s, '[Zz]$', '+00:00')",
  "bq_unix_date(d DATE) AS date_diff('day', DATE '1970-01-01', d)",
  "bq_date_from_unix_date(n) AS DATE '1970-01-01' + CAST(n AS INTEGER)",
  "bq_unix_seconds(t TIMESTAMPTZ) AS CAST(floor(epoch_us(t) / 1000000) AS BIGINT)",
  "bq_unix_millis(t TIMESTAMPTZ) AS CAST(floor(epoch_us(t) / 1000) AS BIGINT)",
  "bq_unix_micros(t TIMESTAMPTZ) AS epoch_us(t)",
  "bq_timestamp_seconds(n) AS timezone('UTC', make_timestamp(CAST(n AS BIGINT) * 1000000))",
  "bq_timestamp_millis(n) AS timezone('UTC', make_timestamp(CAST(n AS BIGINT) * 1000))",
  "bq_timestamp_micros(n) AS timezone('UTC', make_timestamp(CAST(n AS BIGINT)))",
  "bq_generate_date_array(a DATE, b DATE, i) AS CAST(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), i) AS DATE[])",
  "bq_generate_timestamp_array(a TIMESTAMPTZ, b TIMESTAMPTZ, i) AS generate_series(CAST(a AS TIMESTAMPTZ), CAST(b AS TIMESTAMPTZ), i)",
];
