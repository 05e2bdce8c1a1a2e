import { startStorage } from "../../../emulator/storage/server.ts";

/** A server in a process of its own that says on its output how much memory it takes. */
const server = await startStorage({ folder: process.argv[2] ?? "", projectId: "p" });
console.log(`url ${server.url}`);
setInterval(() => console.log(`rss ${Math.round(process.memoryUsage().rss / 1e6)}`), 20);
