import { InvalidArgumentError } from "commander";

/** Parses a school year such as 2026. */
export function schoolYear(text: string): number {
  const year = Number(text);
  if (!Number.isInteger(year) || year < 1990 || year > 2100)
    throw new InvalidArgumentError("A school year is a number such as 2026.");
  return year;
}

/** Makes the parser of an option that may be repeated from that of one value. */
export const listOf =
  <Value>(parse: (text: string) => Value) =>
  (text: string, list: Value[] | undefined): Value[] => [...(list ?? []), parse(text)];

/** Parses how many there may be, at least one. */
export function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100_000)
    throw new InvalidArgumentError("Give a whole number from 1 to 100000.");
  return number;
}
