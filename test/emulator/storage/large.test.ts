import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "@jest/globals";
import { startChild } from "../child.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const size = 200 * 1024 * 1024;

test("memory stays flat while an object of twice its size goes in and out", async () => {
  await using folder = await temporaryFolder();
  const child = startChild("storage/measured-server.ts", folder.path);
  const url = (await child.line(/^url /)).slice(4);
  await fetch(`${url}/storage/v1/b`, { method: "POST", body: '{"name":"landing"}' });
  const chunk = new Uint8Array(1024 * 1024).fill(7);
  const body = Readable.toWeb(
    Readable.from(
      (function* () {
        for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
      })(),
    ),
  );
  const init = { method: "POST", body, duplex: "half" } as unknown as RequestInit;
  const uploaded = await fetch(`${url}/upload/storage/v1/b/landing/o?uploadType=media&name=big`, init);
  expect(((await uploaded.json()) as { size: string }).size).toBe(String(size));
  const download = await fetch(`${url}/landing/big`);
  let received = 0;
  await pipeline(Readable.fromWeb(download.body as Parameters<typeof Readable.fromWeb>[0]), async (source) => {
    for await (const part of source) received += (part as Uint8Array).length;
  });
  expect(received).toBe(size);
  const peakMegabytes = Math.max(
    ...child.lines.flatMap((line) => (line.startsWith("rss ") ? [Number(line.slice(4))] : [])),
  );
  await child.kill();
  expect(peakMegabytes).toBeLessThan(220);
});
