import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { confirm } from "../confirm.ts";
import { CommandError } from "../exit.ts";
import { runningAddresses } from "../local/connect.ts";
import { openHome } from "../local/home.ts";

/** What tells a state folder of Rollcall from any other folder that ROLLCALL_HOME may name by mistake. */
function isStateFolder(folder: string): boolean {
  const names = readdirSync(folder);
  return (
    names.length === 0 ||
    names.includes("warehouse.duckdb") ||
    names.includes("rollcall.log") ||
    names.includes("emulator.lock")
  );
}

/** `rollcall reset` */
export function resetCommand(): Command {
  return new Command("reset")
    .description(
      "Delete all local state: landing, control, the warehouse and the sandbox's changes (secrets.yaml stays)",
    )
    .option("--yes", "do not ask", false)
    .action(async (options: { yes: boolean }) => {
      const home = openHome();
      if (runningAddresses(home)) throw new CommandError("A run is going on. Stop it first.");
      if (!isStateFolder(home.folder))
        throw new CommandError(`${home.folder} does not look like a state folder of Rollcall; nothing was deleted.`);
      if (!options.yes && !(await confirm(`Delete all local state in ${home.folder}?`))) return;
      for (const name of readdirSync(home.folder)) {
        const path = join(home.folder, name);
        if (path !== home.secretsFile && existsSync(path)) rmSync(path, { recursive: true, force: true });
      }
      process.stdout.write(`Deleted the state in ${home.folder}\n`);
    });
}
