import { Command, InvalidArgumentError, Option } from "commander";
import { PermanentError } from "../../shared/errors.ts";
import { CommandError } from "../exit.ts";
import { type Format, formatRows, formats } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, withDeployment } from "./deployment.ts";

function address(text: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return text;
  throw new InvalidArgumentError("Use an e-mail address.");
}

/** `rollcall query` */
export function queryCommand(): Command {
  return choosesDeployment(new Command("query"))
    .description("Run GoogleSQL in the warehouse: this machine's, or a project's")
    .argument("<sql>", "a statement, such as 'select * from marts.dim_school'")
    .addOption(new Option("--format <format>", "how to print the rows").choices(formats).default("table"))
    .option(
      "--as <email>",
      "as this person would: they read the dataset restricted, and in it whom they may see",
      address,
    )
    .addHelpText(
      "after",
      "\nWorks while a run is going on in another terminal. Tables: marts.*, staging.*, current_edfi.*, raw_edfi.*, ops.*, ref.*",
    )
    .action(async (sql: string, options: DeploymentOptions & { format: Format; as?: string }) => {
      try {
        const rows = await withDeployment(options, ({ warehouse }) => warehouse.query(sql));
        const text = formatRows(rows, options.format);
        if (text) process.stdout.write(`${text}\n`);
      } catch (error) {
        if (error instanceof PermanentError) throw new CommandError(error.message);
        throw error;
      }
    });
}
