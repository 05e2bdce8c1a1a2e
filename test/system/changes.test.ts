import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { grandBend, startSandbox } from "../../sandbox/sandbox.ts";
import { modelsFolder } from "./models.ts";
import { type Rollcall, rollcall, summaryOf } from "./rollcall.ts";
import { smallDistrict } from "./small-district.ts";
import { comparedDatasets, contents, withWarehouse } from "./tables.ts";
import "./patience.ts";

const endpoints = [
  "students",
  "schools",
  "sections",
  "course_offerings",
  "courses",
  "sessions",
  "student_school_associations",
  "student_section_associations",
];
const chosen = endpoints.flatMap((endpoint) => ["--endpoint", endpoint]);

const SQL_FOLDER = modelsFolder([
  "marts.dim_school",
  "marts.dq_student_value_finding",
  "marts.dim_course",
  "staging.stg_edfi__sections",
  "staging.stg_edfi__student_section_associations",
]);

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
let sandbox: Sandbox;
let app: Rollcall;
let file: string;

function sourcesText(url: string, years: string): string {
  return `time_zone: America/Chicago
sources:
  - { id: district, connector: edfi, url: "${url}", secret: district, school_years: ${years} }
`;
}

beforeAll(async () => {
  sandbox = await startSandbox({ data: { 2011: [smallDistrict(1_500)] } });
  app = rollcall({ district: sandbox }, { SQL_FOLDER });
  file = app.sources(sourcesText(sandbox.url, "[2011]"));
  const finished = await app.run("run", "--sources", file, ...chosen, "--json");
  if (finished.code !== 0) throw new Error(finished.stdout + finished.stderr);
});

afterAll(async () => {
  app.remove();
  await sandbox.close();
});

async function deltaRun() {
  const finished = await app.run("run", "--sources", file, ...chosen, "--json");
  expect(finished.stderr).not.toMatch(/FAILED/);
  expect(finished.code).toBe(0);
  return summaryOf(finished);
}

describe("a delta run after changes in the source", () => {
  test("shows a changed student, and rebuilds only what reads students", async () => {
    await sandbox.apply({
      op: "update",
      resource: "students",
      key: { studentUniqueId: "604821" },
      set: { firstName: "Tyrone-Renamed", birthDate: "unknown" },
    });
    const summary = await deltaRun();
    expect(
      await app.query("select first_name from staging.stg_edfi__students where student_unique_id = '604821'"),
    ).toEqual([{ first_name: "Tyrone-Renamed" }]);
    expect(await app.query("select entity_label from marts.dq_student_value_finding")).toEqual([
      { entity_label: "Student 604821" },
    ]);
    expect(summary.built).toContain("staging.stg_edfi__students");
    expect(summary.built).toContain("marts.dq_student_value_finding");
    expect(summary.built.filter((model) => model.startsWith("staging."))).toEqual(["staging.stg_edfi__students"]);
    expect(summary.built).not.toContain("marts.dim_school");
    expect(summary.built).not.toContain("marts.dim_course");
  });

  test("drops a deleted section, has a recreated association once under its new id, and follows a key change into what refers to it", async () => {
    const [deleted, renamed] = await app.query(
      "select s.api_id, s.section_key, s.section_identifier, count(*) as students from staging.stg_edfi__sections as s join staging.stg_edfi__student_section_associations as a on a.section_key = s.section_key group by 1, 2, 3 order by 3 limit 2",
    );
    const [old] = await app.query(
      "select api_id, enrollment_key from staging.stg_edfi__student_school_associations where student_unique_id = '604822'",
    );
    await sandbox.apply({ op: "delete", resource: "sections", id: String(deleted?.api_id) });
    await sandbox.apply({ op: "recreate", resource: "studentSchoolAssociations", id: String(old?.api_id) });
    await sandbox.apply({
      op: "keyChange",
      resource: "sections",
      id: String(renamed?.api_id),
      newKey: { sectionIdentifier: "RENAMED-1" },
    });
    await deltaRun();

    expect(
      await app.query(
        `select (select count(*) from current_edfi.sections where record_id = '${deleted?.api_id}') as live, (select count(*) from staging.stg_edfi__sections where section_key = '${deleted?.section_key}') as staged`,
      ),
    ).toEqual([{ live: 0, staged: 0 }]);

    const rows = await app.query(
      `select api_id from staging.stg_edfi__student_school_associations where enrollment_key = '${old?.enrollment_key}'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.api_id).not.toBe(old?.api_id);
    const query = (identifier: unknown) =>
      `select (select count(*) from staging.stg_edfi__sections where section_identifier = '${identifier}') as sections, (select count(*) from staging.stg_edfi__student_section_associations where section_identifier = '${identifier}') as students`;
    expect(await app.query(query(renamed?.section_identifier))).toEqual([{ sections: 0, students: 0 }]);
    expect(await app.query(query("RENAMED-1"))).toEqual([{ sections: 1, students: renamed?.students }]);
  });

  test("leaves the tables as a full run from nothing makes them", async () => {
    const fresh = rollcall({ district: sandbox }, { SQL_FOLDER });
    try {
      const finished = await fresh.run("run", "--sources", file, ...chosen, "--json");
      expect(finished.code).toBe(0);
      const after = await withWarehouse(app.home, (warehouse) => contents(warehouse, comparedDatasets));
      expect(await withWarehouse(fresh.home, (warehouse) => contents(warehouse, comparedDatasets))).toEqual(after);
    } finally {
      fresh.remove();
    }
  });
});

describe("two school years of one district", () => {
  test("lie side by side, and a full run of one does not touch the other", async () => {
    const folders = grandBend[2011] ?? [];
    const few = ["students", "student_school_associations"].flatMap((endpoint) => ["--endpoint", endpoint]);
    const both = await startSandbox({ data: { 2011: folders, 2012: folders } });
    const years = rollcall({ district: both }, { SQL_FOLDER: modelsFolder(["staging.stg_edfi__students"]) });
    try {
      const text = sourcesText(`${both.url}/{school_year}`, "[2011, 2012]");
      const sources = years.sources(text);
      expect((await years.run("run", "--sources", sources, ...few)).code).toBe(0);
      const perYear = "select school_year, count(*) as n from staging.stg_edfi__students group by 1 order by 1";
      expect(await years.query(perYear)).toEqual([
        { school_year: 2011, n: 960 },
        { school_year: 2012, n: 960 },
      ]);
      await both.apply({ op: "delete", resource: "studentSchoolAssociations", id: await anyId(years, 2012) }, 2012);
      await both.apply(
        { op: "update", resource: "students", key: { studentUniqueId: "604821" }, set: { firstName: "Only2012" } },
        2012,
      );
      const hash2011 =
        "select count(*) as n, bit_xor(cast(concat('0x', substr(row_hash, 1, 15)) as int64)) as content from current_edfi.students where school_year = 2011";
      const before = await years.query(hash2011);
      expect(
        (await years.run("run", "--sources", sources, ...few, "--school-year", "2012", "--mode", "full")).code,
      ).toBe(0);
      expect(await years.query(hash2011)).toEqual(before);
      expect(
        await years.query(
          "select school_year, first_name from staging.stg_edfi__students where student_unique_id = '604821' order by 1",
        ),
      ).toEqual([
        { school_year: 2011, first_name: "Tyrone" },
        { school_year: 2012, first_name: "Only2012" },
      ]);
      expect(
        await years.query(
          "select school_year, count(*) as n from current_edfi.student_school_associations group by 1 order by 1",
        ),
      ).toEqual([
        { school_year: 2011, n: 960 },
        { school_year: 2012, n: 959 },
      ]);
    } finally {
      years.remove();
      await both.close();
    }
  });
});

async function anyId(app: Rollcall, year: number): Promise<string> {
  const [row] = await app.query(
    `select record_id from current_edfi.student_school_associations where school_year = ${year} limit 1`,
  );
  return String(row?.record_id);
}
