import { RetryableError } from "../errors.ts";

/** Runs work over items, at most `limit` at once. After a failure no new item is begun, and it is thrown when all have stopped. */
export async function inParallel(
  items: readonly number[],
  limit: number,
  work: (item: number) => Promise<boolean>,
): Promise<boolean> {
  const queue = [...items];
  const failures: unknown[] = [];
  let finished = true;
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && failures.length === 0; item = queue.shift()) {
      try {
        finished = (await work(item)) && finished;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  // One that will not pass by itself says more than one that may.
  if (failures.length > 0) throw failures.find((failure) => !(failure instanceof RetryableError)) ?? failures[0];
  return finished;
}
