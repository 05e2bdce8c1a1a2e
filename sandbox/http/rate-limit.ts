/** A number of requests per so many seconds. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/**
 * Counts requests by host in windows of fixed length. Gives how many seconds a refused request has to wait, or undefined for one within the
 * limit.
 */
export function rateLimiter(limit: RateLimit | undefined, now: () => number): (host: string) => number | undefined {
  const counts = new Map<string, number>();
  let window = 0;
  return (host) => {
    if (limit === undefined) {
      return undefined;
    }
    const length = limit.seconds * 1000;
    const current = Math.floor(now() / length);
    if (current !== window) {
      window = current;
      counts.clear();
    }
    const count = (counts.get(host) ?? 0) + 1;
    counts.set(host, count);
    return count <= limit.requests ? undefined : Math.ceil(((current + 1) * length - now()) / 1000);
  };
}
