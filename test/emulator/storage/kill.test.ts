import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Storage } from "@google-cloud/storage";
import { expect, test } from "@jest/globals";
import { startStorage } from "../../../emulator/storage/server.ts";
import { startChild } from "../child.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** What each object may hold after the lines were printed: what was acknowledged last, or what was begun after that. */
function follow(lines: readonly string[], allowed: Map<string, Set<string>>): void {
  for (const line of lines) {
    const [verb, name = "", hash = "none"] = line.split(" ");
    if (verb === "wrote" || verb === "deleted") allowed.set(name, new Set([hash]));
    if (verb === "writing" || verb === "deleting")
      allowed.set(name, new Set([...(allowed.get(name) ?? ["none"]), hash]));
  }
}

test("a server killed at any instant has every object as it was acknowledged, whole, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const allowed = new Map<string, Set<string>>();
  let acknowledged = 0;
  for (let round = 0; round < 4; round += 1) {
    const child = startChild("storage/writer.ts", folder.path, String(round));
    await child.line(/^ready/);
    // By what it has written rather than by time, so that a busy machine kills it in the middle too.
    const enough = 8 + round * 8;
    for (let tries = 0; tries < 6_000 && child.lines.length < enough * 2; tries += 1) await sleep(5);
    await child.kill();
    acknowledged += child.lines.filter((line) => line.startsWith("wrote")).length;
    follow(child.lines, allowed);

    const server = await startStorage({ folder: folder.path, projectId: "p" });
    const bucket = new Storage({ projectId: "p", apiEndpoint: server.url }).bucket("landing");
    for (const [name, hashes] of allowed) {
      const [exists] = await bucket.file(name).exists();
      const content = exists ? (await bucket.file(name).download())[0] : undefined;
      const hash = content === undefined ? "none" : createHash("sha256").update(content).digest("hex");
      expect([...hashes]).toContain(hash);
      allowed.set(name, new Set([hash]));
    }
    const [objects] = await bucket.getFiles();
    const stored = await readdir(join(folder.path, "data"), { recursive: true, withFileTypes: true });
    expect(stored.filter((entry) => entry.isFile())).toHaveLength(objects.length);
    await server.close();
  }
  expect(acknowledged).toBeGreaterThan(20);
});
