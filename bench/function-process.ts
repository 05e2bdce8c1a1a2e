import type { Topics } from "../shared/google/topics.ts";
import { type Child, startWorker } from "./child.ts";
import { projectId } from "./cloud.ts";

/** A line that the function logged. */
export interface Logged {
  readonly kind: "log";
  readonly message: string;
  readonly fields: { readonly rows?: number; readonly parts?: number; readonly error?: string };
}

/** A delivery that the function has answered. */
export interface Delivered {
  readonly kind: "delivered";
  readonly status: number;
  readonly ms: number;
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

/** What the extract function tells the benchmark; `killed` when its process was, and another one has taken its place. */
export type FunctionSays = Logged | Delivered | { readonly kind: "killed" };

/** The extract function in a process of its own, to which its subscription pushes. */
export interface FunctionProcess {
  next(): Promise<FunctionSays>;
  /** Ends the process at once, as a platform does that takes a machine away. */
  kill(): void;
  stop(): Promise<void>;
}

/** Topics and the push subscription of extract, as terraform/ makes them in the cloud. */
async function pointTo(topics: Topics, functionUrl: string): Promise<void> {
  for (const topic of ["extract", "dead-letter"]) await topics.createTopic(topic);
  await topics.ensurePullSubscription("dead-letter", "dead-letter");
  await topics.ensurePushSubscription({
    name: "extract",
    topic: "extract",
    endpoint: `${functionUrl}/projects/${projectId}/topics/extract`,
    ackDeadlineSeconds: 600,
    backoffSeconds: { minimum: 1, maximum: 20 },
    deadLetters: { topic: "dead-letter", attemptsMax: 30 },
  });
}

/** Starts the function and its subscription. Whenever it is killed, it is started again. */
export async function startFunction(topics: Topics, variables: Record<string, string>): Promise<FunctionProcess> {
  const start = async (): Promise<Child> => {
    const child = startWorker("function", {}, variables);
    const { url } = await child.next<{ url: string }>();
    await pointTo(topics, url);
    return child;
  };
  let child = await start();
  let isKilled = false;
  return {
    next: async () => {
      try {
        return await child.next<FunctionSays>();
      } catch (error) {
        if (!isKilled) throw error;
        isKilled = false;
        child = await start();
        return { kind: "killed" };
      }
    },
    kill: () => {
      isKilled = true;
      child.signal("SIGKILL");
    },
    stop: () => child.stop(),
  };
}
