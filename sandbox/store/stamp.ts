/** When a row was written: the server's own members of a record. */
export interface Stamp {
  readonly etag: string;
  readonly lastModified: string;
}

/** Ticks of 100 ns from the year 1 to 1970, as .NET counts them. */
const ticksTo1970 = 621355968000000000n;
/** The bit that says a .NET time is UTC. */
const utcKind = 4611686018427387904n;

/** Stamps that never repeat: two writes within one millisecond are a tick apart. */
export function stamps(now: () => number) {
  let last = 0n;
  return (): Stamp => {
    const ticks = ticksTo1970 + BigInt(Math.floor(now())) * 10000n;
    last = ticks > last ? ticks : last + 1n;
    return stampAt(last);
  };
}

// The ODS makes an ETag of the time of the last write, in .NET's binary form.
function stampAt(ticks: bigint): Stamp {
  const milliseconds = Number((ticks - ticksTo1970) / 10000n);
  const fraction = String(ticks % 10000000n).padStart(7, "0");
  return {
    etag: String(ticks + utcKind),
    lastModified: `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction}Z`,
  };
}
