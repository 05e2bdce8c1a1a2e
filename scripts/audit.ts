import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseFile } from "../shared/config/problems.ts";
import { parseYaml } from "../shared/config/yaml.ts";
import { PermanentError } from "../shared/errors.ts";
import { exceptionsSchema, judge } from "./audit/judge.ts";

// `npm run audit`: asks the registry what is known of the packages that functions are made of. High and critical advisories stop a build unless
// .ci/audit-exceptions.yaml says why not.

const exceptionsFile = fileURLToPath(new URL("../.ci/audit-exceptions.yaml", import.meta.url));

function reportOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

try {
  const text = readFileSync(exceptionsFile, "utf8");
  const { exceptions } = parseFile(exceptionsSchema, parseYaml(text, exceptionsFile), exceptionsFile);
  // It ends with 1 when it found anything, so only what it prints tells.
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8", timeout: 120_000 });
  const { open, excepted, unneeded } = judge(reportOf(stdout), exceptions, new Date().toISOString().slice(0, 10));
  for (const advisory of excepted) process.stdout.write(`Excepted: ${advisory}\n`);
  for (const advisory of unneeded) process.stdout.write(`No more needed in .ci/audit-exceptions.yaml: ${advisory}\n`);
  for (const advisory of open) process.stderr.write(`${advisory}\n`);
  process.stdout.write(open.length > 0 ? "" : "No open advisory of high or critical severity.\n");
  if (open.length > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof PermanentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
