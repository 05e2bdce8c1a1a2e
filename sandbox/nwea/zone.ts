/** How far the clocks of a time zone are ahead at a moment, in milliseconds. */
function aheadAt(moment: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - moment;
}

/** The moment at which the clocks of a time zone show `2021-09-16T08:54:50`, in UTC; undefined when that is no time. */
export function instantOf(local: string, timeZone: string): string | undefined {
  const shown = Date.parse(`${local}Z`);
  if (Number.isNaN(shown)) {
    return undefined;
  }
  // Twice: how far the clocks are ahead is a matter of the moment itself.
  const first = shown - aheadAt(shown, timeZone);
  return new Date(shown - aheadAt(first, timeZone)).toISOString().replace(".000Z", "Z");
}
