import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { type Rollcall, rollcall } from "./rollcall.ts";
import "./patience.ts";

/** Makes a new student of each that is read, for a delivery into the very API they came from. */
const model = (prefix = "'copy-'") => `/* model
description: Students once more.
deliver: {pipeline: copies, resource: /ed-fi/students}
key: [source_id, school_year, record_key]
columns:
  source_id: {type: STRING}
  school_year: {type: INT64}
  record_key: {type: STRING}
  payload: {type: JSON}
*/
select
    source_id,
    school_year,
    json_value(data, '$.studentUniqueId') as record_key,
    to_json(struct(
        concat(${prefix}, json_value(data, '$.studentUniqueId')) as studentUniqueId,
        json_value(data, '$.firstName') as firstName,
        'Berg' as lastSurname,
        '2010-01-01' as birthDate
    )) as payload
from current_edfi.students
where not starts_with(json_value(data, '$.studentUniqueId'), 'copy-')
`;

let folder: string;
let file: string;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let app: Rollcall;
let sources: string;

const posts = () =>
  sandbox.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/students")).length;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-deliver-"));
  file = join(folder, "delivery/copies/copies__students.sql");
  mkdirSync(join(folder, "delivery/copies"), { recursive: true });
  writeFileSync(file, model());
  sandbox = await startSandbox({ size: "S", claims: { "*": { create: true, update: true, delete: true } } });
  app = rollcall({ reader: sandbox, writer: sandbox }, { SQL_FOLDER: folder });
  sources = app.sources(
    `sources:\n  - {id: district, connector: edfi, url: "${sandbox.url}", secret: reader, school_years: [2026], endpoints: [students]}\n` +
      "deliveries:\n  - {id: copies, pipeline: copies, from: district, to: district, secret: writer}\n",
  );
});

afterAll(async () => {
  app.remove();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

test("what was extracted is built, delivered, and extracted again; then nothing more is sent", async () => {
  const first = await app.run("run", "--sources", sources);
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("delivered copies/ed-fi/students") });
  expect(posts()).toBe(200);
  expect(await app.run("run", "--sources", sources)).toMatchObject({ code: 0 });
  expect(await app.query("select count(*) as students from current_edfi.students")).toEqual([{ students: 400 }]);
  expect(await app.run("deliver", "copies", "--sources", sources)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("copies: ok"),
  });
  expect(posts()).toBe(200);
});

test("a dry run counts and sends nothing; a delivery ends with a code that says how it went", async () => {
  // A key that begins with a blank is refused by the target, so it is not sent.
  writeFileSync(file, model("if(json_value(data, '$.studentUniqueId') like '%7', ' copy-', 'copy-')"));
  expect(await app.run("run", "--sources", sources)).toMatchObject({ code: 0 });
  const refused = await app.query("select count(*) as records, min(path) as path from ops.delivery_dead_letters");
  expect(refused).toEqual([{ records: 20, path: "$.studentUniqueId" }]);
  const plan = await app.run("deliver", "copies", "--dry-run", "--json", "--sources", sources);
  expect(JSON.parse(plan.stdout)).toMatchObject([
    { resource: "/ed-fi/students", create: 0, update: 0, skip: 180, reject: 20 },
  ]);
  expect(await app.run("deliver", "copies", "--sources", sources)).toMatchObject({ code: 3 });
  const status = await app.run("status", "--sources", sources);
  expect(status.stdout).toContain("copies: partial");
  expect(await app.run("deliver", "copys", "--sources", sources)).toMatchObject({
    code: expect.any(Number),
    stderr: expect.stringContaining("there are: copies"),
  });
});
