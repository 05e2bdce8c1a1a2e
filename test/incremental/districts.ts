import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { grandBend, type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";

export const years = [2010, 2011] as const;

/** Resources of the histories and the endpoints that read them. */
export const resources = {
  localEducationAgencies: "local_education_agencies",
  schools: "schools",
  students: "students",
  studentSchoolAssociations: "student_school_associations",
  studentEducationOrganizationAssociations: "student_education_organization_associations",
  calendars: "calendars",
  calendarDates: "calendar_dates",
} as const;

export type Resource = keyof typeof resources;
export const resourceNames = Object.keys(resources) as Resource[];

const studentsTaken = 8;
const daysTaken = 12;

/** The first records of a resource of the sample that a line fits. */
function sample(resource: Resource, most: number, fits: (line: string) => boolean = () => true): string[] {
  for (const folder of [...(grandBend[2011] ?? [])].reverse()) {
    try {
      const text = gunzipSync(readFileSync(join(folder, `${resource}.jsonl.gz`))).toString("utf8");
      return text
        .split("\n")
        .filter((line) => line !== "" && fits(line))
        .slice(0, most);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
    }
  }
  throw new Error(`the sample has no ${resource}`);
}

/** A few students of the sample with their schools and the first days of its calendar. */
function fewStudents(): Record<Resource, string> {
  const students = sample("students", studentsTaken);
  const ids = students.map((line) => String(JSON.parse(line).studentUniqueId));
  const ofThese = (line: string) => ids.some((id) => line.includes(`"studentUniqueId":"${id}"`));
  const lines: Record<Resource, string[]> = {
    localEducationAgencies: sample("localEducationAgencies", 1),
    schools: sample("schools", 3),
    students,
    studentSchoolAssociations: sample("studentSchoolAssociations", studentsTaken, ofThese),
    studentEducationOrganizationAssociations: sample(
      "studentEducationOrganizationAssociations",
      studentsTaken,
      ofThese,
    ),
    calendars: sample("calendars", 3),
    calendarDates: sample("calendarDates", daysTaken),
  };
  return Object.fromEntries(resourceNames.map((name) => [name, `${lines[name].join("\n")}\n`])) as Record<
    Resource,
    string
  >;
}

/** Writes the records that every district begins with. */
export function writeSample(folder: string): void {
  for (const [resource, text] of Object.entries(fewStudents())) writeFileSync(join(folder, `${resource}.jsonl`), text);
}

/** A sandbox with the same records in both years, as a cloned year has them: ids and all. */
export function startDistrict(folder: string): Promise<Sandbox> {
  return startSandbox({ data: Object.fromEntries(years.map((year) => [year, folder])), maxPageSize: 7 });
}

/** The records of a resource as every district begins. */
export function firstRecords(folder: string, resource: Resource): { readonly id: string }[] {
  const lines = readFileSync(join(folder, `${resource}.jsonl`), "utf8").split("\n");
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}
