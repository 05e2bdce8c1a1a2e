/**
 * A request is begun a little later than it might be: requests travel at different speeds, and the source counts them as they arrive. Two
 * that are further apart than this share of a second here stay apart there.
 */
const travelShare = 0.1;

/**
 * Shares a source's rate out among its slots, so that no slot has to know of another: a slot may begin one request in so many milliseconds
 * (0: as many as it likes). Whole requests per second are shared out, because only whole ones keep any one second from seeing more than the
 * rate (a broken rate is rounded up in some seconds, and holds on average); so a rate below the concurrency leaves slots without a share.
 * @returns one entry for each slot that has a share
 */
export function spacingsOf(concurrency: number, perSecond: number | undefined): number[] {
  if (perSecond === undefined) return Array.from({ length: concurrency }, () => 0);
  const whole = Math.floor(perSecond);
  const spacings: number[] = [];
  for (let slot = 0; slot < concurrency; slot += 1) {
    const more = slot < whole % concurrency ? 1 : slot === whole % concurrency ? perSecond - whole : 0;
    const share = Math.floor(whole / concurrency) + more;
    if (share > 0) spacings.push((1000 / share) * (1 + travelShare));
  }
  return spacings;
}
