import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type JsonObject, parseRecord } from "../json/lossless.ts";

/** Reads the records of a small sample file below `sandbox/data`, one per line; numbers keep the characters they had. */
export function readLines(name: string): readonly JsonObject[] {
  const path = fileURLToPath(new URL(`../data/${name}`, import.meta.url));
  const bytes = readFileSync(path);
  const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(parseRecord);
}
