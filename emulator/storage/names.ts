import { invalid, required } from "./errors.ts";

const nameBytesMax = 1024;
const tailCharactersMax = 80;

/** @throws StorageError 400 when the name is not one Cloud Storage takes (https://cloud.google.com/storage/docs/buckets#naming). */
export function checkBucketName(name: unknown): string {
  if (typeof name !== "string" || name === "") throw required("A bucket needs a name.");
  const wellFormed =
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) && !name.includes("..") && !/^[0-9.]+$/.test(name);
  if (!wellFormed || name.split(".").some((part) => part.length > 63)) throw invalid(`Invalid bucket name: '${name}'`);
  return name;
}

/** @throws StorageError 400 when the name is not one Cloud Storage takes (https://cloud.google.com/storage/docs/objects#naming). */
export function checkObjectName(name: unknown): string {
  if (typeof name !== "string" || name === "") throw required("An object needs a name.");
  if (Buffer.byteLength(name) > nameBytesMax) throw invalid("The object name is longer than 1024 bytes.");
  if (!name.isWellFormed() || /[\r\n]/.test(name) || name === "." || name === "..")
    throw invalid("Invalid object name.");
  if (name.startsWith(".well-known/acme-challenge/")) throw invalid("Invalid object name.");
  return name;
}

/**
 * The end of a data file's name: the last part of the object's name with everything but plain characters replaced, so that readers who go by
 * the extension (`.ndjson.gz`) see it, while no name can leave the folder, hold a wildcard, or be too long for a file system.
 */
export function fileTail(objectName: string): string {
  const last = objectName.slice(objectName.lastIndexOf("/") + 1);
  return last.replace(/[^A-Za-z0-9._-]/g, "_").slice(-tailCharactersMax);
}

/** Orders names by their UTF-8 bytes, as listings are. JavaScript compares UTF-16 units, which puts emoji before some other characters. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters above U+FFFF, so they come after U+E000 to U+FFFF. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
