import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openHome } from "../../cli/local/home.ts";
import { keptSandbox } from "../../cli/local/sandbox-state.ts";
import { discover } from "../sandbox/discovered.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-state-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const claims = { "*": { create: true, update: true } };
const json = { "content-type": "application/json" };
const entry = {
  gradebookEntryIdentifier: "7001-88231",
  namespace: "uri://canvas.instructure.com",
  sourceSectionIdentifier: "25590100102Trad220ALG112011",
  title: "Quiz 3",
  dateAssigned: "2011-03-01",
  maxPoints: 12.5,
};
const system = {
  namespace: "uri://ed-fi.org/edfilms/LMSSourceSystem",
  codeValue: "Canvas",
  shortDescription: "Canvas",
};

test("what was written into gradebooks and LMSX is there the next time, whatever is wanted then", async () => {
  const home = openHome(folder);
  const post = { method: "POST", headers: json };
  {
    await using api = await discover({ ...keptSandbox(home, { lmsx: true, gradebooks: true }), claims });
    const answers = [
      await api.data("gradebookEntries", { ...post, body: JSON.stringify(entry) }),
      await api.data("../lmsx/lmsSourceSystemDescriptors", { ...post, body: JSON.stringify(system) }),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [201, ""],
      [201, ""],
    ]);
  }
  await using api = await discover(keptSandbox(home, { lmsx: false, gradebooks: false }));
  expect((await api.data("gradebookEntries")).json).toMatchObject([entry]);
  expect((await api.data("../lmsx/lmsSourceSystemDescriptors")).json).toMatchObject([system]);
});

test("where nothing was written, Grand Bend's own entries are served", async () => {
  const home = openHome(join(folder, "fresh"));
  await using api = await discover(keptSandbox(home, { lmsx: false, gradebooks: false }));
  expect((await api.data("gradebookEntries?limit=1")).json).toMatchObject([
    { gradebookEntryTitle: expect.any(String) },
  ]);
});
