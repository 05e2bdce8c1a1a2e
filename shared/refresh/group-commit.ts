interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits items in groups: one commit at a time, each with all that came while the one before it ran. Nobody waits longer
 * than that, and many items cost few commits.
 * @returns a function that resolves when its item is committed, and throws what its group's commit threw
 */
export function groupCommit<Item>(
  commit: (items: readonly Item[]) => Promise<void>,
  sizeMax: number,
): (item: Item) => Promise<void> {
  const queue: Waiting<Item>[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (queue.length > 0) {
      const group = queue.splice(0, sizeMax);
      try {
        await commit(group.map(({ item }) => item));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isRunning = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      // It cannot throw: whatever the commit throws goes to those who wait for it.
      if (!isRunning) void run();
    });
}
