import * as z from "zod";

const logSchema = z.object({
  requests: z.array(
    z.object({ number: z.int(), at: z.string(), path: z.string(), query: z.string(), milliseconds: z.number() }),
  ),
});

/** How long a source was not asked for a page between two hops, as its own log shows it. */
export interface SourcePauses {
  /** To be called when a hop has ended. @returns milliseconds from the last page of the hop before to its first; null for the first hop */
  beforeHop(): Promise<number | null>;
}

/** Watches the log of a sandbox for the pages of one resource. */
export function watchPauses(sandboxUrl: string, resource: string): SourcePauses {
  let lastNumber = 0;
  let lastEnd: number | undefined;
  return {
    beforeHop: async () => {
      const answer = await fetch(`${sandboxUrl}/sandbox/requests`);
      const { requests } = logSchema.parse(await answer.json());
      const pages = requests.filter(
        ({ number, path, query }) =>
          number > lastNumber && path.endsWith(`/${resource}`) && !/totalCount=true/i.test(query),
      );
      const began = pages.map(({ at }) => Date.parse(at));
      const first = Math.min(...began);
      const pause = lastEnd === undefined || pages.length === 0 ? null : first - lastEnd;
      lastNumber = requests.at(-1)?.number ?? lastNumber;
      if (pages.length > 0)
        lastEnd = Math.max(...pages.map(({ milliseconds }, index) => (began[index] ?? 0) + milliseconds));
      return pause;
    },
  };
}
