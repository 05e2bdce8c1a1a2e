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

/** Writes a range as a text that says nothing to its reader, and that means something else in a URL unless it is encoded. */
export function encodeOpaqueToken({ from, to }: OrdinalRange): string {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt32BE(from, 0);
  bytes.writeUInt32BE(Math.min(to, toTheEnd), 4);
  const check = bytes.subarray(0, 8).reduce((sum, byte) => (sum * 31 + byte) % 65536, 7);
  bytes.writeUInt16BE(check, 8);
  return `${masked(bytes).toString("base64")}&+/=`;
}

/** Reads what `encodeOpaqueToken` wrote; undefined for anything else, as a token that lost characters on its way. */
export function decodeOpaqueToken(token: string): OrdinalRange | undefined {
  const bytes = masked(Buffer.from(token.slice(0, -4), "base64"));
  if (!token.endsWith("&+/=") || bytes.length !== 10) {
    return undefined;
  }
  const range = { from: bytes.readUInt32BE(0), to: bytes.readUInt32BE(4) };
  return encodeOpaqueToken(range) === token ? range : undefined;
}

function masked(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (0xa5 + index * 37)));
}
