import { createHash } from "node:crypto";

/** A resource whose rows are worked out from their place: any number of them costs no memory. */
export interface SyntheticResource {
  readonly resource: string;
  readonly count: number;
  /** The record's text. The same place always gives the same text. */
  row(ordinal: number): string;
  id(ordinal: number): string;
  ordinalOf(id: string): number | undefined;
}

/** A resource without rows. */
export function emptyResource(resource: string): SyntheticResource {
  const none = (ordinal: number): string => {
    throw new Error(`${resource} has no row ${ordinal}: it came without any.`);
  };
  return { resource, count: 0, row: none, id: none, ordinalOf: () => undefined };
}

/** How large a made-up district is. */
export interface SyntheticSize {
  readonly students: number;
  readonly sections: number;
  /** Rows of studentSectionAttendanceEvents. */
  readonly attendanceEvents: number;
}

/** Districts of a thousand, a hundred thousand and five million rows together. */
export const syntheticSizes = {
  S: { students: 200, sections: 20, attendanceEvents: 760 },
  M: { students: 5_000, sections: 500, attendanceEvents: 94_480 },
  L: { students: 50_000, sections: 5_000, attendanceEvents: 4_944_980 },
} as const satisfies Record<string, SyntheticSize>;

const schoolYear = 2026;
const modified = "2026-01-05T08:00:00.0000000Z";
const etag = "5251063200000000000";
const schools = 20;
const categories = ["Excused Absence", "Unexcused Absence", "Tardy", "Early departure", "In Attendance"].map(
  (code) => `uri://ed-fi.org/AttendanceEventCategoryDescriptor#${code}`,
);

/**
 * A made-up district: schools, students, sections and as many attendance events as wanted, which refer to them. All is worked out from the
 * numbers, so that two servers of the same size serve the same bytes.
 */
export function syntheticDistrict(size: SyntheticSize): SyntheticResource[] {
  const studentIds = idsFor("students");
  const sectionIds = idsFor("sections");
  const schoolIds = idsFor("schools");
  const school = (ordinal: number) => 990000 + (ordinal % schools);
  const student = (ordinal: number) => `${1000000 + ordinal}`;
  const section = (ordinal: number) =>
    `"localCourseCode":"C-${ordinal % 40}","schoolId":${school(ordinal)},"schoolYear":${schoolYear},"sectionIdentifier":"S-${ordinal}","sessionName":"Fall Semester"`;
  const tail = `"_etag":"${etag}","_lastModifiedDate":"${modified}"}`;
  const schoolRow = (ordinal: number) =>
    `{"id":"${schoolIds.id(ordinal)}","schoolId":${school(ordinal)},"educationOrganizationCategories":[{"educationOrganizationCategoryDescriptor":"uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"}],"gradeLevels":[{"gradeLevelDescriptor":"uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],"nameOfInstitution":"School ${ordinal + 1}",${tail}`;
  const studentRow = (ordinal: number) =>
    `{"id":"${studentIds.id(ordinal)}","studentUniqueId":"${student(ordinal)}","birthDate":"${date(2008, ordinal % 1400)}","firstName":"First${ordinal % 997}","lastSurname":"Last${ordinal % 1009}","identificationDocuments":[],"otherNames":[],"personalIdentificationDocuments":[],"visas":[],${tail}`;
  const sectionRow = (ordinal: number) =>
    `{"id":"${sectionIds.id(ordinal)}","sectionIdentifier":"S-${ordinal}","courseOfferingReference":{"localCourseCode":"C-${ordinal % 40}","schoolId":${school(ordinal)},"schoolYear":${schoolYear},"sessionName":"Fall Semester"},"availableCredits":1.0,"classPeriods":[],"sequenceOfCourse":1,${tail}`;
  const eventIds = idsFor("studentSectionAttendanceEvents");
  // Students turn over fastest, then days: no two events of the first students × days × sections are the same.
  const eventRow = (ordinal: number) => {
    const who = ordinal % size.students;
    const round = Math.floor(ordinal / size.students);
    const which = (who + Math.floor(round / 180)) % size.sections;
    return `{"id":"${eventIds.id(ordinal)}","attendanceEventCategoryDescriptor":"${categories[ordinal % categories.length]}","eventDate":"${date(2025, 227 + (round % 180))}","sectionReference":{${section(which)},"link":{"rel":"Section","href":"/ed-fi/sections/${sectionIds.id(which)}"}},"studentReference":{"studentUniqueId":"${student(who)}","link":{"rel":"Student","href":"/ed-fi/students/${studentIds.id(who)}"}},"classPeriods":[],"eventDuration":${(ordinal % 4) / 4 + 0.25},${tail}`;
  };
  const make = (resource: string, count: number, row: (ordinal: number) => string): SyntheticResource => {
    const ids = idsFor(resource);
    return { resource, count, row, id: ids.id, ordinalOf: (id) => ids.ordinalOf(id, count) };
  };
  return [
    make("schools", schools, schoolRow),
    make("students", size.students, studentRow),
    make("sections", size.sections, sectionRow),
    make("studentSectionAttendanceEvents", size.attendanceEvents, eventRow),
  ];
}

/** Ids that hold the place: 16 hex digits of the resource's name, then the ordinal, so that an id leads back to its row. */
export function idsFor(resource: string) {
  const head = createHash("sha256").update(resource).digest("hex").slice(0, 16);
  return {
    id: (ordinal: number) => head + ordinal.toString(16).padStart(16, "0"),
    ordinalOf: (id: string, count: number) => {
      const ordinal = id.startsWith(head) ? Number.parseInt(id.slice(16), 16) : Number.NaN;
      return ordinal < count ? ordinal : undefined;
    },
  };
}

const dates = new Map<number, string>();

// Days of a year counted on from 1 January, kept once worked out: a date is the dearest part of a row.
function date(year: number, day: number): string {
  const place = year * 10000 + day;
  let text = dates.get(place);
  if (text === undefined) {
    text = new Date(Date.UTC(year, 0, 1 + day)).toISOString().slice(0, 10);
    dates.set(place, text);
  }
  return text;
}
