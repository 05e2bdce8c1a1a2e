const weekStarts = [
  "ISOWEEK",
  "WEEK_TUESDAY",
  "WEEK_WEDNESDAY",
  "WEEK_THURSDAY",
  "WEEK_FRIDAY",
  "WEEK_SATURDAY",
  "WEEK",
];

/** SQL of the start of the part that a moment is in. DuckDB knows weeks from Monday; others are days shifted. */
export function truncated(part: string, moment: string): string {
  const daysAfterMonday = weekStarts.indexOf(part);
  if (daysAfterMonday > 0) {
    return `(date_trunc('week', ${moment} - INTERVAL ${daysAfterMonday} DAY) + INTERVAL ${daysAfterMonday} DAY)`;
  }
  return `date_trunc('${daysAfterMonday === 0 ? "week" : part.toLowerCase()}', ${moment})`;
}

/** SQL of the number of boundaries of a part between two moments: of weeks, a seventh of the days between their starts. */
export function boundaries(part: string, later: string, earlier: string): string {
  if (weekStarts.includes(part)) {
    const [from, to] = [truncated(part, earlier), truncated(part, later)];
    return `(date_diff('day', CAST(${from} AS DATE), CAST(${to} AS DATE)) // 7)`;
  }
  if (part === "ISOYEAR") {
    return `(date_part('isoyear', ${later}) - date_part('isoyear', ${earlier}))`;
  }
  return `date_diff('${part.toLowerCase()}', ${earlier}, ${later})`;
}

/** SQL of the last day of the part that a date is in. */
export function lastDay(part: string, date: string): string {
  const start = `CAST(${truncated(part, date)} AS DATE)`;
  switch (part) {
    case "MONTH":
      return `last_day(${date})`;
    case "QUARTER":
      return `(CAST(${start} + INTERVAL 3 MONTH AS DATE) - 1)`;
    case "YEAR":
      return `(CAST(${start} + INTERVAL 1 YEAR AS DATE) - 1)`;
    case "ISOYEAR":
      return `(CAST(date_trunc('isoyear', ${start} + INTERVAL 375 DAY) AS DATE) - 1)`;
    default:
      return `(${start} + 6)`;
  }
}
