import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import "./patience.ts";

// In a process of its own, as anybody runs it by hand: within the test runner it takes half as long again.
test.each(["edfi", "register", "delivery"])(
  "500 worlds of kind %s end right, whatever goes wrong in them",
  async (kind) => {
    const args = ["test/simulation/main.ts", "--kind", kind, "--seeds", "500"];
    // The exit code 1 of a world that ends wrong rejects, and the error has what was printed: the seed and what is wrong.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 840_000 });
    expect(stdout).toMatch(/^500 seeds without a failure/);
  },
);
