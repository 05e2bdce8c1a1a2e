import { resultOf } from "../results.ts";
import { answer, cpuSeconds, options, peakMb } from "./answer.ts";

/** Sends the documents that a delivery sends, with the same concurrency, and looks at no answer but its status. */
const { url, records, concurrency } = options<{ url: string; records: number; concurrency: number }>();

const headers = { authorization: "Bearer bench", "content-type": "application/json" };
const startedAt = performance.now();
const cpuBefore = cpuSeconds();
let next = 0;
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    while (next < records) {
      const body = JSON.stringify(resultOf(next));
      next += 1;
      const response = await fetch(`${url}/data/v3/ed-fi/studentAssessments`, { method: "POST", headers, body });
      await response.arrayBuffer();
      if (response.status > 201) throw new Error(`status ${response.status}`);
    }
  }),
);
answer({ ms: performance.now() - startedAt, peakMb: peakMb(), cpuSeconds: cpuSeconds() - cpuBefore });
process.exit(0);
