import { createInterface } from "node:readline/promises";
import { CommandError, exitCodes } from "./exit.ts";

/** Asks a person at the terminal; anything but yes is no. @throws CommandError when there is nobody to ask */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CommandError("Say --yes: there is no terminal to ask.", exitCodes.usage);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await terminal.question(`${question} [y/N] `));
  } finally {
    terminal.close();
  }
}
