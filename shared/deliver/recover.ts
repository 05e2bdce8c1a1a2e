import type { Delivery } from "../config/deliveries.ts";
import { RetryableError } from "../errors.ts";
import { compact, type GoingOn } from "./compact.ts";
import type { DeliverPorts } from "./deliver.ts";
import { Journal } from "./journal.ts";

/** Whoever was held and writes on after his time may announce something more; he finds out soon that his time is over. */
const triesMax = 5;

/** Takes up what a dead run left: what it announced, and of which nobody knows how it ended, counts as possibly sent. */
export async function recover(
  delivery: Delivery,
  runId: string,
  fence: () => Promise<void>,
  ports: Pick<DeliverPorts, "control" | "clock" | "log" | "payloadsOf">,
): Promise<GoingOn> {
  const { control, clock, log } = ports;
  const payloads = ports.payloadsOf(delivery);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const goingOn = await compact(delivery.id, { control, payloads });
    const { open } = goingOn;
    if (open.length === 0) return goingOn;
    const unwrittenMax = open.length + 1;
    const journal = new Journal({ control, clock, delivery: delivery.id, runId, ...goingOn, fence, unwrittenMax });
    for (const intent of open) {
      await journal.record({ ...intent, status: "interrupted", attempt: 1, at: clock.now().toISOString() });
    }
    await journal.flush();
    log.info("records whose delivery was interrupted are sent again", { source_id: delivery.id, count: open.length });
  }
  throw new RetryableError("Another delivery is still writing in this journal");
}
