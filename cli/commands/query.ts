import { Command, Option } from "commander";
import { PermanentError } from "../../shared/errors.ts";
import { CommandError } from "../exit.ts";
import { connect } from "../local/connect.ts";
import { openHome } from "../local/home.ts";
import { type Format, formatRows, formats } from "../output/rows.ts";

/** `rollcall query` */
export function queryCommand(): Command {
  return new Command("query")
    .description("Run GoogleSQL in the local warehouse")
    .argument("<sql>", "a statement, such as 'select * from marts.dim_school'")
    .addOption(new Option("--format <format>", "how to print the rows").choices(formats).default("table"))
    .addHelpText(
      "after",
      "\nWorks while a run is going on in another terminal. Tables: marts.*, staging.*, current_edfi.*, raw_edfi.*, ops.*, ref.*",
    )
    .action(async (sql: string, options: { format: Format }) => {
      const connection = await connect(openHome());
      try {
        const text = formatRows(await connection.warehouse.query(sql), options.format);
        if (text) process.stdout.write(`${text}\n`);
      } catch (error) {
        if (error instanceof PermanentError) throw new CommandError(error.message);
        throw error;
      } finally {
        await connection.close();
      }
    });
}
