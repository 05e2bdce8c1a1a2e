import { startEmulator } from "../../emulator/emulator.ts";
import { answer, options, untilStopped } from "./answer.ts";

const { folder, projectId } = options<{ folder: string; projectId: string }>();
const emulator = await startEmulator({ folder, projectId });
answer({ storageUrl: emulator.storageUrl, pubsubHost: emulator.pubsubHost, bigqueryUrl: emulator.bigqueryUrl });
await untilStopped();
await emulator.close();
process.exit(0);
