/** Numbers that look like chance and are the same each time: from a name and an index, by an FNV hash. */
export function chance(name: string, index: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${name}/${index}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  // The last bits of a short text hardly change the first ones; mixing spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return ((hash ^ (hash >>> 12)) >>> 0) / 0x1_0000_0000;
}

/** One of a list. */
export function pick<Item>(list: readonly [Item, ...Item[]], name: string, index: number): Item {
  return list[Math.floor(chance(name, index) * list.length)] ?? list[0];
}

/** A day as iSAMS writes it: with a midnight that means nothing. */
export function day(year: number, month: number, date: number): string {
  return `${new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10)}T00:00:00`;
}

/** A time without a zone, as the school's clocks show it. */
export function localTime(name: string, index: number): string {
  const seconds = Math.floor(chance(name, index) * 20_000_000);
  return new Date(Date.UTC(2025, 1, 1) + seconds * 1000).toISOString().slice(0, -1);
}

/** A UUID made of an index. */
export function guid(kind: number, index: number): string {
  return `${kind.toString(16).padStart(8, "0")}-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
}
