import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { grandBend } from "../../sandbox/sandbox.ts";
import { scratchFolder } from "../scratch-folder.ts";

/** A folder with the first records of each resource of the sample district, for tests that are about runs rather than about much data. */
export function smallDistrict(rows: number): string {
  const target = scratchFolder("rollcall-district");
  for (const folder of grandBend[2011] ?? []) {
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".jsonl.gz"))) {
      const lines = gunzipSync(readFileSync(join(folder, name)))
        .toString("utf8")
        .split("\n", rows);
      writeFileSync(join(target, name.replace(".gz", "")), `${lines.filter(Boolean).join("\n")}\n`);
    }
  }
  return target;
}
