import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { rollcallProgram } from "../../cli/program.ts";
import { type IsamsSandbox, startIsams } from "../../sandbox/isams/isams.ts";
import { setVariables } from "../../shared/config/environment.ts";
import { scratchFolder } from "../scratch-folder.ts";

let isams: IsamsSandbox;
let out: string[];
const folder = scratchFolder("rollcall-connector");
const sources = join(folder, "sources.yaml");

beforeAll(async () => {
  isams = await startIsams({ size: { students: 7 } });
  writeFileSync(
    sources,
    `sources:\n  - { id: school, connector: isams, url: "${isams.url}", secret: preview-of-isams, page_size: 5 }\n`,
  );
  const secret = JSON.stringify({ client_id: isams.clientId, client_secret: isams.clientSecret });
  setVariables({ ROLLCALL_HOME: folder, ROLLCALL_SECRET_PREVIEW_OF_ISAMS: secret });
});

beforeEach(() => {
  out = [];
  const take = (text: unknown): boolean => out.push(String(text)) > 0;
  jest.spyOn(process.stdout, "write").mockImplementation(take);
  jest.spyOn(process.stderr, "write").mockImplementation(take);
});

afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => isams.close());

async function rollcall(...args: string[]): Promise<string> {
  await rollcallProgram(() => undefined).parseAsync(["connector", ...args], { from: "user" });
  return out.join("");
}

test("a new connector is a file that is right as it is, and never written over another", async () => {
  const file = join(folder, "library.yaml");
  expect(await rollcall("new", "library", "--folder", folder)).toContain(file);
  const text = readFileSync(file, "utf8");
  out = [];
  expect(await rollcall("check", file)).toBe(`${file}: library with 1 endpoints. All well.\n`);
  await expect(rollcall("new", "library", "--folder", folder)).rejects.toThrow(/is there already/);
  await expect(rollcall("new", "Library")).rejects.toThrow(/lower case/);
  writeFileSync(file, text.replace("type: link", "type: chain").replace("key: [$.id]", "key: id"));
  await expect(rollcall("check", file)).rejects.toThrow(/2 mistakes:\n.*paging[\s\S]*endpoints.students.key/);
});

test("a preview prints the lines that would land, and says how many there are", async () => {
  const text = await rollcall("preview", "school", "students", "--sources", sources, "--rows", "2");
  const lines = text.trim().split("\n");
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({ source_id: "school", record_id: "1001", data: { id: 1001 } });
  expect(lines[2]).toBe(
    "5 records on the first page of students; there are more pages; the source counts 7. Nothing was written.",
  );
  out = [];
  const [division] = (await rollcall("preview", "school", "year_group_divisions", "--sources", sources)).split("\n");
  expect(division).toMatch(/records on the first page/);
});

test("a preview of what may not be read says so", async () => {
  isams.addFaults({ match: { path: "/api/alumni" }, respond: { status: 200, body: { message: "not authorised" } } });
  await expect(rollcall("preview", "school", "alumni", "--sources", sources)).rejects.toThrow(/may not read alumni/);
  await expect(rollcall("preview", "school", "pupils", "--sources", sources)).rejects.toThrow(/no endpoint "pupils"/);
});
