import { startEmulator } from "../../emulator/emulator.ts";
import { answer, options, peakMb, untilStopped } from "./answer.ts";

const { folder, projectId } = options<{ folder: string; projectId: string }>();
const emulator = await startEmulator({ folder, projectId });
answer({ storageUrl: emulator.storageUrl, pubsubHost: emulator.pubsubHost, bigqueryUrl: emulator.bigqueryUrl });
process.on("SIGUSR2", () => answer({ peakMb: peakMb() }));
await untilStopped();
await emulator.close();
process.exit(0);
