#!/usr/bin/env node
// Rollcall is TypeScript that Node 24 runs as it is. Started by an older Node (a bare machine), it starts itself again with the
// Node that the project brings along.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const [major = 0] = process.versions.node.split(".").map(Number);

if (major >= 24) {
  // Half of a short command's time is reading its own code: what was compiled once is kept in the system's temporary folder.
  module.enableCompileCache();
  await import("./main.ts");
} else {
  const brought = ["../node_modules/node/bin/node", "../node_modules/node/bin/node.exe", "../../node/bin/node"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (!brought) {
    process.stderr.write(
      `rollcall needs Node 24 or newer; this is ${process.version}. Run npm ci in its folder, which brings it.\n`,
    );
    process.exit(2);
  }
  const child = spawn(brought, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}
