import { raiseText } from "./raise.ts";

const weekdays = ["TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

/** The start of a week that begins so many days after Monday. */
const week = (days: number) => `date_trunc('week', t - INTERVAL (${days}) DAY) + INTERVAL (${days}) DAY`;

/** Truncates a TIMESTAMP t to the part u, which is always a constant: of the cases one remains. */
const truncated = [
  ...["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "QUARTER", "YEAR"].map((part) => {
    return `WHEN '${part}' THEN date_trunc('${part.toLowerCase()}', t)`;
  }),
  "WHEN 'WEEK' THEN date_trunc('week', t + INTERVAL 1 DAY) - INTERVAL 1 DAY",
  "WHEN 'ISOWEEK' THEN date_trunc('week', t)",
  ...weekdays.map((day, index) => `WHEN 'WEEK_${day}' THEN ${week(index + 1)}`),
  "WHEN 'ISOYEAR' THEN date_trunc('isoyear', t)",
].join(" ");

/** Differences count the boundaries between two moments, of weeks as days between the starts of the weeks. */
const weeks = "u IN ('WEEK', 'ISOWEEK') OR starts_with(u, 'WEEK_')";
const isoYears = "CAST(date_part('isoyear', a) - date_part('isoyear', b) AS BIGINT)";

/** Date and time functions. */
export const dateMacros: readonly string[] = [
  `bq_truncated(t, u) AS CASE u ${truncated} END`,
  "bq_date_trunc(d DATE, u) AS CAST(bq_truncated(CAST(d AS TIMESTAMP), u) AS DATE)",
  "bq_datetime_trunc(t TIMESTAMP, u) AS bq_truncated(CAST(t AS TIMESTAMP), u)",
  `bq_timestamp_trunc(t TIMESTAMPTZ, u) AS timezone('UTC', bq_truncated(timezone('UTC', t), u)),
   (t TIMESTAMPTZ, u, zone) AS timezone(zone, bq_truncated(timezone(zone, t), u))`,
  "bq_time_trunc(t TIME, u) AS CAST(bq_truncated(DATE '1970-01-01' + t, u) AS TIME)",
  "bq_date_shift(d DATE, i) AS CAST(CAST(d AS DATE) + i AS DATE)",
  "bq_datetime_shift(t TIMESTAMP, i) AS CAST(t AS TIMESTAMP) + i",
  "bq_timestamp_shift(t TIMESTAMPTZ, i) AS CAST(t AS TIMESTAMPTZ) + i",
  "bq_time_shift(t TIME, i) AS t + i",
  `bq_boundaries(a, b, u) AS CASE WHEN ${weeks}
   THEN date_diff('day', CAST(bq_truncated(b, u) AS DATE), CAST(bq_truncated(a, u) AS DATE)) // 7
   WHEN u = 'ISOYEAR' THEN ${isoYears} ELSE date_diff(CASE WHEN ${weeks} OR u = 'ISOYEAR' THEN 'DAY' ELSE u END, b, a) END`,
  "bq_date_diff(a DATE, b DATE, u) AS bq_boundaries(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), u)",
  "bq_datetime_diff(a TIMESTAMP, b TIMESTAMP, u) AS bq_boundaries(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), u)",
  "bq_timestamp_diff(a TIMESTAMPTZ, b TIMESTAMPTZ, u) AS date_sub(u, b, a)",
  "bq_time_diff(a TIME, b TIME, u) AS bq_boundaries(DATE '1970-01-01' + a, DATE '1970-01-01' + b, u)",
  `bq_last_day(d DATE, u) AS CASE WHEN u = 'MONTH' THEN last_day(d)
   WHEN u IN ('WEEK', 'ISOWEEK') OR starts_with(u, 'WEEK_') THEN bq_date_trunc(d, u) + 6
   WHEN u = 'QUARTER' THEN CAST(bq_date_trunc(d, u) + INTERVAL 3 MONTH AS DATE) - 1
   WHEN u = 'YEAR' THEN make_date(year(d), 12, 31)
   ELSE CAST(date_trunc('isoyear', date_trunc('isoyear', d) + INTERVAL 375 DAY) AS DATE) - 1 END`,
  // The number of the week in the year; days before the first such weekday are in week 0.
  `bq_week(t, weekday) AS (date_part('doy', t) + 6 - (date_part('dow', t) - weekday + 7) % 7) // 7`,
  `bq_date(x) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN CAST(timezone('UTC', CAST(x AS TIMESTAMPTZ)) AS DATE)
     ELSE CAST(x AS DATE) END,
   (t TIMESTAMPTZ, zone VARCHAR) AS CAST(timezone(zone, t) AS DATE),
   (y, m, d) AS make_date(y, m, d)`,
  `bq_datetime(x) AS bq_cast_datetime(x),
   (t TIMESTAMPTZ, zone VARCHAR) AS timezone(zone, t),
   (d DATE, t TIME) AS d + t,
   (y, mo, d, h, mi, s) AS make_timestamp(y, mo, d, h, mi, CAST(s AS DOUBLE))`,
  `bq_timestamp(x) AS bq_cast_timestamp(x),
   (x, zone) AS timezone(zone, bq_cast_datetime(x))`,
  `bq_time(x) AS bq_cast_time(x),
   (t TIMESTAMPTZ, zone VARCHAR) AS CAST(timezone(zone, t) AS TIME),
   (h, m, s) AS make_time(h, m, CAST(s AS DOUBLE))`,
  "bq_date_local(d DATE) AS CAST(d AS TIMESTAMP)",
  "bq_datetime_local(t TIMESTAMP) AS CAST(t AS TIMESTAMP)",
  "bq_timestamp_local(t TIMESTAMPTZ, zone) AS timezone(zone, CAST(t AS TIMESTAMPTZ))",
  "bq_time_local(t TIME) AS DATE '1970-01-01' + t",
  "bq_offset_minutes(t, zone) AS date_diff('minute', timezone('UTC', t), timezone(zone, t))",
  `bq_zone_offset(t TIMESTAMPTZ, zone, separator) AS CASE WHEN bq_offset_minutes(t, zone) < 0 THEN '-' ELSE '+' END
   || printf('%02d', abs(bq_offset_minutes(t, zone)) // 60) || separator || printf('%02d', abs(bq_offset_minutes(t, zone)) % 60)`,
  `bq_short_offset(t, zone) AS regexp_replace(bq_zone_offset(t, zone, ':'), ':00$', '')`,
  "bq_string_in_zone(t TIMESTAMPTZ, zone) AS bq_datetime_text(timezone(zone, t)) || bq_short_offset(t, zone)",
  "bq_format_c(t) AS strftime(t, '%a %b ') || lpad(strftime(t, '%-d'), 2, ' ') || strftime(t, ' %H:%M:%S %Y')",
  "bq_format_seconds(t) AS strftime(t, '%S') || rtrim(rtrim(strftime(t, '.%f'), '0'), '.')",
  "bq_unix_date(d DATE) AS date_diff('day', DATE '1970-01-01', CAST(d AS DATE))",
  "bq_date_from_unix_date(n) AS DATE '1970-01-01' + CAST(n AS INTEGER)",
  "bq_unix_seconds(t TIMESTAMPTZ) AS CAST(floor(epoch_us(t) / 1000000) AS BIGINT)",
  "bq_unix_millis(t TIMESTAMPTZ) AS CAST(floor(epoch_us(t) / 1000) AS BIGINT)",
  "bq_unix_micros(t TIMESTAMPTZ) AS epoch_us(t)",
  "bq_timestamp_seconds(n) AS timezone('UTC', make_timestamp(CAST(n AS BIGINT) * 1000000))",
  "bq_timestamp_millis(n) AS timezone('UTC', make_timestamp(CAST(n AS BIGINT) * 1000))",
  "bq_timestamp_micros(n) AS timezone('UTC', make_timestamp(CAST(n AS BIGINT)))",
  `bq_generate_date_array(a DATE, b DATE, i) AS CAST(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), i) AS DATE[])`,
  // Each month is counted from the first date, so that the 31st comes back after a short month.
  `bq_generate_month_array(a DATE, b DATE, n) AS CASE WHEN n = 0 THEN [CAST(${raiseText("Step of an array cannot be 0", "VARCHAR")} AS DATE)]
   ELSE list_filter(list_transform(range(0, coalesce(abs(date_diff('month', a, b)) // abs(n) + 2, 0)),
     lambda k: CAST(CAST(a AS DATE) + to_months(CAST(k * n AS INTEGER)) AS DATE)),
     lambda d: CASE WHEN n > 0 THEN d <= b ELSE d >= b END) END`,
  "bq_generate_timestamp_array(a TIMESTAMPTZ, b TIMESTAMPTZ, i) AS generate_series(CAST(a AS TIMESTAMPTZ), CAST(b AS TIMESTAMPTZ), i)",
];
