import { answer, cpuSeconds, options, peakMb } from "./answer.ts";

/** Fetches the pages that an extraction fetches, with the same concurrency, and throws them away. */
const { url, key, secret, resource, concurrency, size } = options<{
  url: string;
  key: string;
  secret: string;
  resource: string;
  concurrency: number;
  size: number;
}>();

const token = (await (
  await fetch(`${url}/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  })
).json()) as { access_token: string };
const headers = { authorization: `Bearer ${token.access_token}` };
const records = `${url}/data/v3/ed-fi/${resource}`;

const startedAt = performance.now();
const cpuBefore = cpuSeconds();
const partitions = (await (await fetch(`${records}/partitions?number=${concurrency}`, { headers })).json()) as {
  pageTokens: string[];
};
let pages = 0;
let bytes = 0;
await Promise.all(
  partitions.pageTokens.map(async (first) => {
    for (let next: string | null = first; next; pages += 1) {
      const page: Response = await fetch(
        `${records}?${new URLSearchParams({ pageToken: next, pageSize: String(size) })}`,
        { headers },
      );
      const body = await page.arrayBuffer();
      bytes += body.byteLength;
      next = page.headers.get("next-page-token");
    }
  }),
);
answer({ ms: performance.now() - startedAt, pages, bytes, peakMb: peakMb(), cpuSeconds: cpuSeconds() - cpuBefore });
process.exit(0);
