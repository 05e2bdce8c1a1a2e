/** Aggregate ids are 32-bit and start at the lowest: a row's is this plus its ordinal. */
const firstAggregate = -2147483648;
const lastAggregate = 2147483647;

/** The rows a token stands for: ordinals `from` to `to`, both included. */
export interface OrdinalRange {
  readonly from: number;
  readonly to: number;
}

/** A range without an end, so that rows added later are in it. */
export const toTheEnd = lastAggregate - firstAggregate;

/** Writes a range as ODS/API 7.3 does: base64url of `first,last` aggregate ids. */
export function encodePageToken({ from, to }: OrdinalRange): string {
  const last = Math.min(firstAggregate + to, lastAggregate);
  return Buffer.from(`${firstAggregate + from},${last}`).toString("base64url");
}

/** Reads a token; undefined when it is none. */
export function decodePageToken(token: string): OrdinalRange | undefined {
  const match = /^(-?\d{1,10}),(-?\d{1,10})$/.exec(Buffer.from(token, "base64url").toString("latin1"));
  if (!/^[\w-]+={0,2}$/.test(token) || match === null) {
    return undefined;
  }
  const [from = 0, to = 0] = [Number(match[1]), Number(match[2])];
  if (from < firstAggregate || from > lastAggregate + 1 || to < firstAggregate || to > lastAggregate) {
    return undefined;
  }
  return { from: from - firstAggregate, to: to - firstAggregate };
}
