import { lockFolder } from "../../emulator/lock.ts";

await lockFolder(process.argv[2] ?? "");
console.log("locked");
setInterval(() => undefined, 1000);
