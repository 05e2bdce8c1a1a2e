/**
 * A value as the reference evaluator and DuckDB both write it: numbers as numbers, moments without trailing zeros,
 * structs as lists of their members, since the order of these counts.
 */
export function canonical(value: unknown): unknown {
  if (value === null || value === undefined) {
    return null;
  }
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  if (typeof value === "object") {
    return Object.entries(value).map(([name, member]) => [name, canonical(member)]);
  }
  const text = String(value);
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
    return Number(text);
  }
  if (/^(nan|-?inf(inity)?)$/i.test(text)) {
    return text.toLowerCase().slice(0, 3);
  }
  return text.replace(/(:\d\d\.\d*?)0+(\+00)?$/, "$1$2").replace(/(:\d\d)\.(\+00)?$/, "$1$2");
}

/** Whether two canonical values are equal; numbers up to the last of their digits. */
export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === "number" && typeof other === "number") {
    return Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other));
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((member, index) => isSame(member, other[index]));
  }
  return one === other;
}
