import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { modelsFolder } from "./models.ts";
import { type Rollcall, rollcall } from "./rollcall.ts";
import "./patience.ts";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let app: Rollcall;
let file: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  app = rollcall({ district: sandbox }, { SQL_FOLDER: modelsFolder(["staging.stg_edfi__students"]) });
  file = app.sources(
    `sources:\n  - { id: district, connector: edfi, url: "${sandbox.url}", secret: district, school_years: [2011], endpoints: [students] }\n`,
  );
  const finished = await app.run("run", "--sources", file);
  if (finished.code !== 0) throw new Error(finished.stdout + finished.stderr);
});

afterAll(async () => {
  app.remove();
  await sandbox.close();
});

test("a student is forgotten in every place, and the models are built without them before the command ends", async () => {
  const students = "select student_unique_id as number from staging.stg_edfi__students order by 1";
  const [first, ...others] = await app.query(students);
  const number = String(first?.number);
  const counted = await app.run("forget", "district", number, "--sources", file, "--dry-run", "--json");
  expect(counted.stderr).toBe("");
  expect(JSON.parse(counted.stdout)).toEqual([
    { where: "landing", what: "students (1 part)", rows: 1 },
    { where: "raw", what: "raw_edfi.students", rows: 1 },
    { where: "models", what: "staging.stg_edfi__students", rows: 1 },
  ]);
  expect(await app.run("forget", "district", number, "--sources", file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Say --yes"),
  });
  const done = await app.run("forget", "district", number, "--sources", file, "--yes");
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("delete the student there first") });
  expect(await app.query(students)).toEqual(others);
  const again = await app.run("forget", "district", number, "--sources", file, "--dry-run", "--json");
  expect(JSON.parse(again.stdout)).toEqual([]);
});
