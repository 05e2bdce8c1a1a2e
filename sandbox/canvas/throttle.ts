/**
 * The leaky bucket of Canvas, one per token (canvas-lms, request_throttle.rb). Its constants: a request is refused when the bucket holds the
 * high-water mark or more, it never holds more than the maximum, what leaks out per second, and what each request is charged up front.
 */
export const bucketConstants = { highWater: 600, maximum: 800, outflow: 10, upFront: 50 } as const;

/** What a request finds. */
export interface Charge {
  readonly isRefused: boolean;
  /** Gives back what the request did not cost; returns what is left below the high-water mark. */
  settle(cost: number): number;
}

interface Bucket {
  level: number;
  at: number;
}

/** Buckets by token. A refused request costs nothing. */
export function throttle(now: () => number): (token: string) => Charge {
  const { highWater, maximum, outflow, upFront } = bucketConstants;
  const buckets = new Map<string, Bucket>();
  const leaked = (token: string): Bucket => {
    const bucket = buckets.get(token) ?? { level: 0, at: now() };
    const seconds = (now() - bucket.at) / 1000;
    bucket.level = Math.max(0, bucket.level - seconds * outflow);
    bucket.at = now();
    buckets.set(token, bucket);
    return bucket;
  };
  return (token) => {
    const bucket = leaked(token);
    if (bucket.level >= highWater) {
      return { isRefused: true, settle: () => 0 };
    }
    bucket.level = Math.min(maximum, bucket.level + upFront);
    return {
      isRefused: false,
      settle: (cost) => {
        const current = leaked(token);
        current.level = Math.min(maximum, Math.max(0, current.level + cost - upFront));
        return Math.max(0, highWater - current.level);
      },
    };
  };
}
