/** Lets one task at a time work on what a key names; tasks on other keys are not held up. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the task after all earlier tasks of the key have ended, however they ended. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const run = before === undefined ? task() : before.then(task, task);
    this.#tails.set(key, run);
    try {
      return await run;
    } finally {
      if (this.#tails.get(key) === run) this.#tails.delete(key);
    }
  }
}
