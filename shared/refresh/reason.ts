const lengthMax = 600;

/** Why the warehouse refused, without the values it may quote: they are data. Backticked names and positions stay. */
export function reasonOf(error: Error): string {
  return error.message
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(/(?<=^|[\s(=:,])'(?:[^'\\]|\\.)*'(?=$|[\s.,;:)])/g, "'…'")
    .slice(0, lengthMax);
}
