import { announce } from "../../shared/control/in-flight.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Progress } from "../output/progress.ts";
import { type Host, localNames } from "./host.ts";
import type { Outcome } from "./outcome.ts";
import type { Target } from "./targets.ts";

export interface PipelineRequest {
  readonly targets: readonly Target[];
  readonly mode: "full" | "delta";
  readonly acceptShrink?: boolean;
}

/**
 * Publishes one message for each target, as Cloud Scheduler does, and waits until nothing is on its way any more: extract, load and
 * refresh follow each other by messages and notifications alone. Then the reconciler looks once for what was lost.
 */
export async function runPipeline(
  host: Host,
  request: PipelineRequest,
  outcome: Outcome,
  progress: Progress,
): Promise<void> {
  await handleToTheEnd(host, outcome, progress, async () => {
    await announceTargets(host, request.targets, outcome);
    await publishTargets(host, request);
  });
}

/** Does first what an earlier run left, then publishes, then waits until nothing is on its way any more. */
export async function handleToTheEnd(
  host: Host,
  outcome: Outcome,
  progress: Progress,
  publish: () => Promise<void>,
): Promise<void> {
  const startedAt = systemClock.now();
  if (host.emulator.outstanding() > 0) {
    progress.say("Finishing what an earlier run left under way …");
    await host.whenIdle();
  }
  await publish();
  await host.whenIdle();
  await host.topics.topic("reconcile").publish({ v: 1, reason: "end of run" });
  await host.whenIdle();
  await addUndelivered(host, outcome, startedAt);
}

/** Marks endpoints as on their way, so that models wait for them. */
export async function announceTargets(host: Host, targets: readonly Target[], outcome: Outcome): Promise<void> {
  for (const target of targets) {
    outcome.expect(target.source, target.endpoint, target.schoolYear);
    await announce(host.control, target, target.connector, systemClock);
  }
}

/** Publishes one extract message for each target. */
export async function publishTargets({ topics }: Pick<Host, "topics">, request: PipelineRequest): Promise<void> {
  const extract = topics.topic("extract");
  const round = systemClock.now().toISOString();
  for (const { source, endpoint, schoolYear } of request.targets) {
    await extract.publish({
      v: 1,
      source,
      endpoint,
      school_year: schoolYear,
      mode: request.mode,
      round,
      ...(request.acceptShrink ? { accept_shrink: true } : {}),
    });
  }
}

/** Messages that Pub/Sub gave up on have no log line of their own: they are found where they were set aside. */
async function addUndelivered(host: Host, outcome: Outcome, since: Date): Promise<void> {
  for (const { attributes, publishedAt } of await host.topics.peek(localNames.deadLetters, 100)) {
    const subscription = attributes.CloudPubSubDeadLetterSourceSubscription;
    // Pub/Sub keeps seconds here.
    const isOld = publishedAt.getTime() + 1000 < since.getTime();
    if (subscription && !isOld)
      outcome.failures.push({ what: subscription, error: "a message was delivered in vain until Pub/Sub gave up" });
  }
}
