import type { Delivery } from "../config/deliveries.ts";
import { compact } from "./compact.ts";
import type { DeliverPorts } from "./deliver.ts";
import { Journal, openIntents, readJournal } from "./journal.ts";
import { readState } from "./state.ts";

/** Takes up what a dead run left: what it announced, and of which nobody knows how it ended, counts as possibly sent. */
export async function recover(
  delivery: Delivery,
  runId: string,
  fence: () => Promise<void>,
  ports: Pick<DeliverPorts, "control" | "clock" | "log" | "payloadsOf">,
): Promise<number> {
  const { control, clock } = ports;
  const payloads = ports.payloadsOf(delivery);
  const { value } = await readState(control, delivery.id);
  const entries = (await readJournal(control, delivery.id)).filter(({ number }) => number > value.loaded_through);
  const open = openIntents(entries);
  if (open.length > 0) {
    const next = Math.max(...entries.map(({ number }) => number)) + 1;
    const journal = new Journal({
      control,
      clock,
      delivery: delivery.id,
      runId,
      next,
      fence,
      unwrittenMax: open.length + 1,
    });
    for (const { runId: _, ...intent } of open) {
      await journal.record({ ...intent, status: "interrupted", attempt: 1, at: clock.now().toISOString() });
    }
    await journal.flush();
    ports.log.info("records whose delivery was interrupted are sent again", {
      source_id: delivery.id,
      count: open.length,
    });
  }
  return compact(delivery.id, { control, payloads });
}
