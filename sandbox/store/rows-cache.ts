/** Something kept in memory that can be read again. */
interface Kept {
  readonly memory: number;
  release(): void;
}

/** Keeps what was opened last, up to a number of bytes. */
export interface RowsCache<Value extends Kept> {
  get(name: string, open: () => Promise<Value>): Promise<Value>;
  close(): void;
}

/**
 * A cache of opened resources with a limit on their memory together. What it lets go of stays whole for whoever still holds it, and is
 * opened again when it is next asked for.
 */
export function rowsCache<Value extends Kept>(bytesMax: number): RowsCache<Value> {
  const kept = new Map<string, Promise<Value>>();
  const sizes = new Map<string, number>();

  const makeRoom = (newest: string) => {
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const name of kept.keys()) {
      if (bytes <= bytesMax) {
        return;
      }
      const size = sizes.get(name);
      // What is being opened has no size yet; what lies in a file costs nothing and would only have to be read again.
      if (name !== newest && size !== undefined && size > 0) {
        kept.delete(name);
        sizes.delete(name);
        bytes -= size;
      }
    }
  };
  const get = async (name: string, open: () => Promise<Value>) => {
    const known = kept.get(name);
    if (known !== undefined) {
      kept.delete(name);
      kept.set(name, known);
      return await known;
    }
    const opening = open();
    kept.set(name, opening);
    try {
      const value = await opening;
      sizes.set(name, value.memory);
      makeRoom(name);
      return value;
    } catch (error) {
      kept.delete(name);
      throw error;
    }
  };
  const close = () => {
    for (const value of kept.values()) {
      value.then(
        (rows) => rows.release(),
        () => undefined,
      );
    }
    kept.clear();
    sizes.clear();
  };
  return { get, close };
}
