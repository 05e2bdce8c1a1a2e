import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { lockFolder } from "../../emulator/lock.ts";
import { startChild } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("a second holder gets an error that names the process", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "lock");
  const lock = await lockFolder(file);
  await expect(lockFolder(file)).rejects.toThrow(`in use by the process ${process.pid}`);
  await lock.release();
  const next = await lockFolder(file);
  await next.release();
});

test("the lock of a killed process is taken over, by one of many that try", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "lock");
  const child = startChild("lock-holder.ts", file);
  await child.line(/^locked/);
  await expect(lockFolder(file)).rejects.toThrow("in use");
  await child.kill();
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(file)));
  const locks = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  expect(locks).toHaveLength(1);
  await locks[0]?.release();
});

test("the number of a dead process that another one has now does not keep the folder locked", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "lock");
  const first = await lockFolder(file);
  const holder = await readFile(file, "utf8");
  await first.release();
  // This very process lives, but no longer answers for that lock.
  await writeFile(file, holder);
  const second = await lockFolder(file);
  await second.release();
});

test.each(["", "{", '{"pid":"x"}', "12345"])("a lock file that holds %j is no lock", async (text) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "lock");
  await writeFile(file, text);
  const lock = await lockFolder(file);
  await lock.release();
});
