import { startEmulator } from "../../emulator/emulator.ts";
import { answer, options, untilStopped } from "./answer.ts";

const { folder, projectId, memoryLimit } = options<{ folder: string; projectId: string; memoryLimit?: string }>();
const emulator = await startEmulator({ folder, projectId, ...(memoryLimit ? { memoryLimit } : {}) });
answer({ storageUrl: emulator.storageUrl, pubsubHost: emulator.pubsubHost, bigqueryUrl: emulator.bigqueryUrl });
await untilStopped();
await emulator.close();
process.exit(0);
