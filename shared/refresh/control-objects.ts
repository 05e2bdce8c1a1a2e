import { PermanentError } from "../errors.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { atMost } from "./at-most.ts";

export interface StoredText {
  readonly body: string;
  readonly generation: string;
}

/** Texts read before, by name: an object of a generation seen before need not be fetched again. */
export type TextCache = Map<string, StoredText>;

const readsAtOnce = 16;
const objectsMax = 200_000;

/** Reads all objects below a prefix. One that is deleted meanwhile is left out; one that is changed is read as it is then. */
export async function readObjects(
  store: ObjectStore,
  prefix: string,
  cache: TextCache,
): Promise<ReadonlyMap<string, StoredText>> {
  const listed: { readonly name: string; readonly generation: string }[] = [];
  for await (const { name, generation } of store.list(prefix)) {
    if (listed.length >= objectsMax) throw new PermanentError("There are too many control objects", { path: prefix });
    listed.push({ name, generation });
  }
  const slot = atMost(readsAtOnce);
  const texts = await Promise.all(
    listed.map(({ name, generation }) => {
      const known = cache.get(name);
      return known?.generation === generation ? known : slot(() => store.read(name));
    }),
  );
  const found = new Map<string, StoredText>();
  listed.forEach(({ name }, index) => {
    const text = texts[index];
    if (text) found.set(name, text);
  });
  for (const name of cache.keys()) {
    if (name.startsWith(prefix)) cache.delete(name);
  }
  for (const [name, text] of found) cache.set(name, text);
  return found;
}

/** The JSON in a text, or undefined when it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
