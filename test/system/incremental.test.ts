import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

test("wide histories end with the marts that a build from nothing makes", async () => {
  const args = ["test/incremental/main.ts", "--wide", "--seeds", "2"];
  // The exit code 1 of a history that ends otherwise rejects, and the error has what was printed.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 280_000 });
  expect(stdout.match(/ 0 differences/g)).toHaveLength(2);
}, 300_000);
