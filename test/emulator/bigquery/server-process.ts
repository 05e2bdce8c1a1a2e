/** Runs the emulator in a folder until it is killed: `node server-process.ts <folder>`. Prints its address. */
import { startIn } from "./emulated.ts";

const server = await startIn(process.argv[2] ?? ".");
process.stdout.write(`${server.url}\n`);
