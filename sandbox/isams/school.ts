import type { JsonObject } from "../json/lossless.ts";
import { day, localTime } from "./chance.ts";
import { alumnus, applicant, employee, schoolYear, student, yearGroupsOf } from "./people.ts";

/** How large the school is. */
export interface SchoolSize {
  readonly students: number;
  readonly applicants: number;
  readonly alumni: number;
  readonly employees: number;
}

/** A school with every year from the nursery to the sixth form. */
export const wholeSchool: SchoolSize = { students: 480, applicants: 130, alumni: 210, employees: 75 };

function many(count: number, make: (index: number) => JsonObject): JsonObject[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function terms(): JsonObject[] {
  const seasons = [
    { name: "Autumn", start: [0, 9, 1], finish: [0, 12, 12] },
    { name: "Spring", start: [1, 1, 6], finish: [1, 3, 27] },
    { name: "Summer", start: [1, 4, 14], finish: [1, 7, 3] },
  ] as const;
  return [schoolYear - 1, schoolYear, schoolYear + 1].flatMap((year, nth) =>
    seasons.map(({ name, start, finish }, season) => ({
      id: 40 + nth * 3 + season,
      finishDate: day(year + finish[0], finish[1], finish[2]),
      name,
      schoolYear: year,
      startDate: day(year + start[0], start[1], start[2]),
    })),
  );
}

function yearGroup(ncYear: number, index: number): JsonObject {
  const name = ncYear <= 0 ? (["Reception", "Nursery", "Pre-nursery"][-ncYear] ?? "") : `Year ${ncYear}`;
  return {
    assistantTutorId: null,
    averageStartingAge: ncYear + 4.5,
    censusYearGroup: String(ncYear),
    code: name.slice(0, 3).toUpperCase() + (ncYear > 0 ? ncYear : ""),
    emailAddress: null,
    iscEnglandWalesYearGroup: String(ncYear),
    iscIrelandYearGroup: null,
    iscScotlandYearGroup: null,
    lastUpdated: localTime("yearGroup/updated", index),
    name,
    ncYear,
    reference: null,
    tutorId: 1 + index,
    websiteAddress: null,
  };
}

// The youngest have no divisions; the others one or two, which several years share.
function divisions(): JsonObject[] {
  const ids = new Map([
    ["Junior", 169],
    ["Senior", 170],
    ["Scholars", 171],
  ]);
  return yearGroupsOf.flatMap((ncYear) => {
    const names = ncYear < 0 ? [] : ncYear < 7 ? ["Junior"] : ["Senior", "Scholars"];
    return names.map((name) => ({ id: ids.get(name) ?? 0, code: name[0] ?? "", name, ncYear }));
  });
}

const subjects = ["English", "Mathematics", "Science", "Malay", "History", "Art"];

function subject(index: number): JsonObject {
  const name = subjects[index] ?? "";
  return {
    id: 200 + index,
    active: true,
    code: name.slice(0, 2).toUpperCase(),
    formSubject: index > 3,
    isHidden: false,
    name,
    reportingName: name,
    setSubject: index <= 3,
  };
}

function sets(): JsonObject[] {
  return yearGroupsOf
    .filter((ncYear) => ncYear >= 7)
    .flatMap((ncYear) =>
      many(4, (index) => ({
        id: ncYear * 100 + index,
        code: `${ncYear}${subjects[index]?.slice(0, 2)}1`,
        name: `Year ${ncYear} ${subjects[index]} 1`,
        subjectId: 200 + index,
        yearGroupId: ncYear,
        lastUpdated: localTime("set/updated", ncYear * 10 + index),
      })),
    );
}

/** Who is in which set: every second student of its year. */
function setMembers(students: readonly JsonObject[]): JsonObject[] {
  return sets().flatMap(({ id = 0, yearGroupId }) =>
    students
      .filter(({ yearGroup: year, id: number }) => year === yearGroupId && Number(number) % 2 === Number(id) % 2)
      .map(({ schoolId = "", forename = "", surname = "" }) => ({ setId: id, schoolId, forename, surname })),
  );
}

function code(kind: string, names: readonly string[]): JsonObject[] {
  return names.map((name, index) => ({
    id: 1 + index,
    code: name[0] ?? "",
    displayOrder: index + 1,
    isOOCActive: false,
    name,
    showOnRegister: kind === "present" || index < 3,
  }));
}

function registrationPeriods(): JsonObject[] {
  return ["Morning", "Afternoon"].map((name, index) => {
    const time = index === 0 ? "08:30:00" : "13:45:00";
    return {
      id: 22_940 + index,
      divisions: [{ id: 170, code: "S", name: "Senior" }],
      finish: `2025-11-21T${index === 0 ? "09" : "14"}:00:00`,
      friendlyName: `${name} registration`,
      numberOfStudents: 210,
      registrationRuleId: 1 + index,
      registrationType: index === 0 ? "AM" : "PM",
      start: `2025-11-21T${time}`,
      time: `2025-11-21T${time}`,
    };
  });
}

/** The school's records by resource, each made when it is first asked for. `id` is what the sandbox finds a record by where the API has none. */
export function isamsSchool(size: SchoolSize = wholeSchool): Record<string, () => readonly JsonObject[]> {
  const byKey = (key: string, rows: readonly JsonObject[]): JsonObject[] =>
    rows.map((row) => ({ id: row[key] ?? null, ...row }));
  const students = () => many(size.students, student);
  return {
    students,
    applicants: () => byKey("schoolId", many(size.applicants, applicant)),
    alumni: () => byKey("schoolId", many(size.alumni, alumnus)),
    employees: () => many(size.employees, employee),
    terms,
    yearGroups: () => byKey("ncYear", yearGroupsOf.map(yearGroup)),
    divisions,
    billingCycles: () =>
      many(9, (index) => ({
        id: 70 + index,
        active: index > 5,
        earlyPaymentDate: day(schoolYear - 1 + Math.floor(index / 3), 8 + (index % 3), 1),
        endDate: day(schoolYear - 1 + Math.floor(index / 3), 11 + (index % 2), 30),
        name: `Cycle ${index + 1}`,
        schoolYear: schoolYear - 1 + Math.floor(index / 3),
        startDate: day(schoolYear - 1 + Math.floor(index / 3), 9 + (index % 3), 1),
      })),
    houses: () =>
      ["Falcon", "Heron", "Kestrel", "Osprey"].map((name, index) => ({
        id: 1 + index,
        addressLine: null,
        assistantHouseMasterEmployeeId: null,
        code: name.slice(0, 2).toUpperCase(),
        county: null,
        email: null,
        fax: null,
        gender: "Mixed",
        houseMasterEmployeeId: 5 + index,
        name,
        postcode: null,
        telephone: null,
        town: null,
        type: "Academic",
        website: null,
      })),
    subjects: () => many(subjects.length, subject),
    sets,
    setMembers: () => setMembers(students()),
    absenceCodes: () => code("absent", ["Ill", "Medical appointment", "Holiday", "Unknown"]),
    presentCodes: () => code("present", ["Present", "Late"]),
    registrationPeriods,
  };
}
