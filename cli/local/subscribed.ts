import { setTimeout } from "node:timers/promises";
import { RetryableError } from "../../shared/errors.ts";
import type { Topics } from "../../shared/google/topics.ts";

/** How long a process that has just opened a fresh state folder may take until its functions listen. */
const patienceMs = 60_000;
const pauseMs = 100;

/**
 * The same topics, but a message waits until the subscription of its topic is there. A process that starts on a fresh state folder can be
 * reached before it has subscribed its functions, and Pub/Sub drops what is published to a topic that nobody has subscribed to.
 * @throws RetryableError from `publish`, when nobody subscribes in time
 */
export function subscribed(topics: Topics, waitMs = patienceMs): Topics {
  const there = new Set<string>();
  const waitFor = async (name: string): Promise<void> => {
    if (there.has(name)) return;
    for (let waited = 0; !(await topics.hasSubscription(name)); waited += pauseMs) {
      if (waited >= waitMs) throw new RetryableError("Nobody has subscribed to a topic", { topic: name });
      await setTimeout(pauseMs);
    }
    there.add(name);
  };
  return {
    ...topics,
    topic: (name) => ({
      publish: async (message, attributes) => {
        await waitFor(name);
        return topics.topic(name).publish(message, attributes);
      },
    }),
  };
}
