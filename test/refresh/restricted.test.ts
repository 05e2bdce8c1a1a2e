import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect } from "../../cli/local/connect.ts";
import { openHome } from "../../cli/local/home.ts";
import { localProject } from "../../cli/local/host.ts";
import { restrictedDataset } from "../../cli/local/restricted.ts";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { RetryableError } from "../../shared/errors.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { restrictedView, rightsModel } from "../../shared/refresh/restricted.ts";
import { fakeLog } from "../fakes/log.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

// The views through the real client, and what a person reads through them.

const rights = {
  path: "marts/security/rls_user_student_data_authorization.sql",
  text: `/* model
description: Who may see whom.
key: [student_key, email]
columns: {student_key: {type: STRING}, email: {type: STRING}}
*/
select * from unnest([struct('k1' as student_key, 'ana@x.test' as email), ('k2', 'ana@x.test'), ('k2', 'bo@x.test')])
`,
};
const schools = {
  path: "marts/core/dim_school.sql",
  text: `/* model
description: Schools.
key: [school_key]
access: everyone
columns: {school_key: {type: STRING}, principal: {type: STRING, pii: true}}
*/
select 's1' as school_key, 'Ida Berg' as principal
`,
};
const others = [
  {
    path: "marts/quality/dq_secret.sql",
    text: "/* model\ndescription: D\nkey: [student_key]\naccess: nobody\ncolumns: {student_key: {type: STRING}}\n*/\nselect 'k1' as student_key\n",
  },
  {
    path: "marts/grades/wide_mark.sql",
    text: "/* model\ndescription: D\nmaterialize: view\nkey: [student_key]\ncolumns: {student_key: {type: STRING}}\n*/\nselect student_key from marts.fct_mark\n",
  },
  {
    path: "staging/edfi/stg_edfi__marks.sql",
    text: "/* model\ndescription: D\nkey: [student_key]\ncolumns: {student_key: {type: STRING}}\n*/\nselect 'k1' as student_key\n",
  },
];

/** A fact of three students in which a column may be lacking, or a row be there twice. */
function marks({ column = "mark", isTwice = false } = {}) {
  const rows = `struct('k1' as student_key, 'A' as ${column}), ('k2', 'B'), ('k3', 'C')${isTwice ? ", ('k3', 'C')" : ""}`;
  const text = `/* model
description: Marks.
key: [student_key]
columns: {student_key: {type: STRING, description: The student.}, ${column}: {type: STRING}}
*/
select * from unnest([${rows}])
`;
  return { path: "marts/grades/fct_mark.sql", text };
}

const home = openHome(mkdtempSync(join(tmpdir(), "rollcall-restricted-")));
let emulator: Emulator;
let warehouse: Warehouse;
const control = fakeObjectStore();

beforeAll(async () => {
  emulator = await open();
});
afterAll(async () => {
  await emulator.close();
  rmSync(home.folder, { recursive: true });
});

async function open(): Promise<Emulator> {
  const opened = await startEmulator({ folder: home.folder, projectId: localProject, memoryLimit: "512MB" });
  warehouse = openWarehouse({
    projectId: localProject,
    location: "US",
    clock: systemClock,
    endpoint: opened.bigqueryUrl,
  });
  return opened;
}

const look = (models: readonly Model[], over: Partial<Warehouse> = {}) =>
  refresh(
    { reason: "test" },
    {
      control,
      warehouse: { ...bound(warehouse), ...over },
      models,
      clock: systemClock,
      log: fakeLog(),
      timeZone: "UTC",
      restrictedDataset,
    },
  );

function bound(one: Warehouse): Warehouse {
  return {
    query: (sql, options) => one.query(sql, options),
    dryRun: (sql) => one.dryRun(sql),
    load: (job) => one.load(job),
    ensureDataset: (dataset) => one.ensureDataset(dataset),
    ensureTable: (table) => one.ensureTable(table),
    listTables: (dataset) => one.listTables(dataset),
  };
}

/** What a person reads with `rollcall query --as`, in a process that opens the state folder. */
async function as(user: string, sql: string): Promise<Row[]> {
  await emulator.close();
  const connection = await connect(home, user);
  try {
    return await connection.warehouse.query(sql);
  } finally {
    await connection.close();
    emulator = await open();
  }
}

const mine = "select student_key from restricted.fct_mark order by student_key";

test("each person reads the rows of the students that they may see, and nothing past the views", async () => {
  const { failed } = await look(catalogueOf([rights, schools, marks(), ...others]));
  expect(failed).toEqual([]);
  expect(await as("ana@x.test", mine)).toEqual([{ student_key: "k1" }, { student_key: "k2" }]);
  expect(await as("Bo@X.test", mine)).toEqual([{ student_key: "k2" }]);
  expect(await as("nobody@x.test", mine)).toEqual([]);
  await expect(as("ana@x.test", "select * from marts.fct_mark")).rejects.toThrow(/Access Denied/);
  await expect(as("ana@x.test", `select * from ${rightsModel}`)).rejects.toThrow(/Access Denied/);
  expect(await as("nobody@x.test", "select * from restricted.dim_school")).toEqual([{ school_key: "s1" }]);
}, 60_000);

test("there is a view for tables of marts that are about students or for everyone, and for no others", async () => {
  expect((await warehouse.listTables(restrictedDataset)).sort()).toEqual(["dim_school", "fct_mark"]);
});

test("views are written anew when the columns are others, not with each build, and go with what is not shown any more", async () => {
  const statements: string[] = [];
  const spy = {
    query: (sql: string, options?: object) => {
      if (/(?:replace|exists) (?:view )?restricted\./i.test(sql)) statements.push(sql);
      return warehouse.query(sql, options);
    },
  };
  const changed = { ...marks(), text: marks().text.replace("'A'", "'A+'") };
  expect((await look(catalogueOf([rights, schools, changed, ...others]), spy)).built).toContain("marts.fct_mark");
  expect(statements).toEqual([]);
  await look(catalogueOf([rights, marks({ column: "points" }), ...others]), spy);
  expect(statements).toHaveLength(1);
  expect(await warehouse.listTables(restrictedDataset)).toEqual(["fct_mark"]);
  expect(await as("bo@x.test", "select points from restricted.fct_mark")).toEqual([{ points: "B" }]);
}, 60_000);

test("a mart that keeps its old table keeps the view of it", async () => {
  const { failed } = await look(catalogueOf([rights, marks({ column: "grade", isTwice: true }), ...others]));
  expect(failed).toEqual(["marts.fct_mark"]);
  expect(await as("bo@x.test", "select points from restricted.fct_mark")).toEqual([{ points: "B" }]);
}, 60_000);

test("who dies between a table and its view leaves no table open, and the next look writes the view", async () => {
  const models = catalogueOf([rights, marks({ column: "grade" }), ...others]);
  const dying = {
    query: (sql: string, options?: object) => {
      if (sql.includes("view restricted.")) throw new RetryableError("killed");
      return warehouse.query(sql, options);
    },
  };
  await expect(look(models, dying)).rejects.toThrow("killed");
  await expect(as("bo@x.test", "select * from marts.fct_mark")).rejects.toThrow(/Access Denied/);
  await expect(as("bo@x.test", "select * from restricted.fct_mark")).rejects.toThrow(/points/);
  expect((await look(models)).built).toEqual([]);
  expect(await as("bo@x.test", "select grade from restricted.fct_mark")).toEqual([{ grade: "B" }]);
}, 60_000);

test("the shipped marts about students are shown by student, but for who may see whom", async () => {
  const { readCatalogue } = await import("../../shared/refresh/catalogue.ts");
  const shown = readCatalogue("sql").flatMap((model) => {
    const text = restrictedView(model, "restricted");
    return text === undefined ? [] : [{ model, isFiltered: text.includes("session_user()") }];
  });
  const isAboutStudents = ({ header }: Model) => header.columns.some(({ name }) => /^student_(xyear_)?key$/.test(name));
  expect(shown.length).toBeGreaterThan(30);
  expect(shown.filter(({ model, isFiltered }) => isAboutStudents(model) !== isFiltered)).toEqual([]);
  expect(shown.map(({ model }) => model.name)).not.toContain(rightsModel);
});
