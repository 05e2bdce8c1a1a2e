/** The name that a `?` goes by within the emulator: the query parameter at this place, counted from one. */
export function positionalName(place: number): string {
  return `_positional_${place}`;
}

/** The place of the `?` that goes by this name; undefined for a parameter with a name of its own. */
export function placeOfPositional(name: string): number | undefined {
  const [, place] = /^_positional_(\d+)$/.exec(name) ?? [];
  return place === undefined ? undefined : Number(place);
}
