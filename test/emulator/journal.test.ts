import { appendFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as z from "zod";
import { Journal } from "../../emulator/journal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const entrySchema = z.object({ key: z.string(), value: z.string() });
type Entry = z.infer<typeof entrySchema>;

async function openMap(file: string, compactAboveBytes?: number) {
  const map = new Map<string, string>();
  const apply = ({ key, value }: Entry) => void map.set(key, value);
  const journal = await Journal.open<Entry>({
    file,
    parse: (value) => entrySchema.parse(value),
    replay: apply,
    snapshot: () => [...map].map(([key, value]) => ({ key, value })),
    ...(compactAboveBytes === undefined ? {} : { compactAboveBytes }),
  });
  return { map, journal, put: (key: string, value: string) => journal.append({ key, value }, apply) };
}

test("an entry takes effect when it is in the file, and is there after the next opening", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "a", "journal");
  const first = await openMap(file);
  const written = first.put("k", "line\u2028break \r\n é 🎒");
  expect(first.map.has("k")).toBe(false);
  await written;
  expect(first.map.has("k")).toBe(true);
  await first.journal.close();
  const second = await openMap(file);
  expect(second.map.get("k")).toBe("line\u2028break \r\n é 🎒");
  await second.journal.close();
});

test("entries that come together are all kept, in their order", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "journal");
  const first = await openMap(file);
  await Promise.all(Array.from({ length: 500 }, (_, index) => first.put(`k${index % 7}`, String(index))));
  const state = [...first.map];
  await first.journal.close();
  const second = await openMap(file);
  expect([...second.map]).toEqual(state);
  expect(second.map.get("k2")).toBe("499");
  await second.journal.close();
});

test("a last line cut off at any byte is dropped, and what comes after it is kept", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "journal");
  const first = await openMap(file);
  await first.put("a", "1");
  const { size: keep } = await stat(file);
  await first.put("b", "2");
  const { size } = await stat(file);
  await first.journal.close();
  const whole = await readFile(file);
  for (let cut = keep; cut < size; cut += 1) {
    await writeFile(file, whole);
    await truncate(file, cut);
    const again = await openMap(file);
    expect([...again.map]).toEqual([["a", "1"]]);
    await again.put("c", "3");
    await again.journal.close();
    const last = await openMap(file);
    expect([...last.map]).toEqual([
      ["a", "1"],
      ["c", "3"],
    ]);
    await last.journal.close();
  }
});

test("a journal damaged in the middle is refused, not shortened", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "journal");
  const first = await openMap(file);
  await first.put("a", "1");
  await first.put("b", "2");
  await first.journal.close();
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace('"1"', '"9"'));
  await expect(openMap(file)).rejects.toThrow(/damaged at byte 0/);
});

test("zeros after the last line, as a power cut leaves them, are dropped", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "journal");
  const first = await openMap(file);
  await first.put("a", "1");
  await first.journal.close();
  await appendFile(file, Buffer.alloc(4096));
  const second = await openMap(file);
  expect([...second.map]).toEqual([["a", "1"]]);
  await second.journal.close();
});

test("a journal much larger than its state is written anew, while entries keep coming", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "journal");
  const first = await openMap(file, 10_000);
  for (let round = 0; round < 40; round += 1) {
    await Promise.all(Array.from({ length: 25 }, (_, index) => first.put(`k${index}`, `${round} ${"x".repeat(50)}`)));
  }
  const state = [...first.map];
  await first.journal.close();
  expect((await stat(file)).size).toBeLessThan(20_000);
  const second = await openMap(file, 10_000);
  expect([...second.map].sort()).toEqual(state.sort());
  await second.journal.close();
});

test("a closed journal takes nothing", async () => {
  await using folder = await temporaryFolder();
  const { journal, put } = await openMap(join(folder.path, "journal"));
  await journal.close();
  await expect(put("a", "1")).rejects.toThrow("closed");
});
