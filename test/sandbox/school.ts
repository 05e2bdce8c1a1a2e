import { folderOf } from "./client.ts";

const link = (rel: string, resource: string, id: string) => ({ rel, href: `/ed-fi/${resource}/${id}` });
const own = { _etag: "1", _lastModifiedDate: "2026-01-01T00:00:00Z" };
const offering = { localCourseCode: "ALG-1", schoolId: 1, schoolYear: 2026, sessionName: "Fall" };
const section = { ...offering, sectionIdentifier: "ALG-1-01" };
const otherSection = { ...offering, sectionIdentifier: "ALG-1-02" };
const enrollment = { ...section, beginDate: "2025-08-18", studentUniqueId: "s1" };

/** A school small enough to follow a key change through it by eye. */
export const school = {
  "schools.jsonl": [
    { id: "a1", schoolId: 1, nameOfInstitution: "One", ...own },
    { id: "a2", schoolId: 2, nameOfInstitution: "Two", ...own },
  ],
  "students.jsonl": [
    { id: "b1", studentUniqueId: "s1", firstName: "Mara", ...own },
    { id: "b2", studentUniqueId: "s2", firstName: "Noor", ...own },
  ],
  "sessions.jsonl": [
    {
      id: "c1",
      sessionName: "Fall",
      schoolReference: { schoolId: 1 },
      schoolYearTypeReference: { schoolYear: 2026 },
      ...own,
    },
  ],
  "courseOfferings.jsonl": [
    {
      id: "d1",
      localCourseCode: "ALG-1",
      schoolReference: { schoolId: 1 },
      sessionReference: { schoolId: 1, schoolYear: 2026, sessionName: "Fall" },
      ...own,
    },
  ],
  "sections.jsonl": [
    { id: "e1", sectionIdentifier: "ALG-1-01", courseOfferingReference: { ...offering }, ...own },
    { id: "e2", sectionIdentifier: "ALG-1-02", courseOfferingReference: { ...offering }, ...own },
  ],
  "studentSectionAssociations.jsonl": [
    {
      id: "f1",
      beginDate: "2025-08-18",
      sectionReference: { ...section, link: link("Section", "sections", "e1") },
      studentReference: { studentUniqueId: "s1", link: link("Student", "students", "b1") },
      ...own,
    },
    {
      id: "f2",
      beginDate: "2025-08-18",
      sectionReference: { ...otherSection, link: link("Section", "sections", "e2") },
      studentReference: { studentUniqueId: "s2" },
      ...own,
    },
  ],
  "grades.jsonl": [
    {
      id: "g1",
      gradeTypeDescriptor: "uri://ed-fi.org/GradeTypeDescriptor#Final",
      gradingPeriodReference: {
        gradingPeriodDescriptor: "uri://x#1",
        gradingPeriodName: "First",
        schoolId: 1,
        schoolYear: 2026,
      },
      studentSectionAssociationReference: { ...enrollment },
      numericGradeEarned: 86.5,
      ...own,
    },
  ],
  "bellSchedules.jsonl": [
    {
      id: "h1",
      bellScheduleName: "Normal",
      schoolReference: { schoolId: 1 },
      classPeriods: [
        { classPeriodReference: { classPeriodName: "P1", schoolId: 1 } },
        { classPeriodReference: { classPeriodName: "P2", schoolId: 1 } },
      ],
      ...own,
    },
  ],
  "classPeriods.jsonl": [{ id: "i1", classPeriodName: "P1", schoolReference: { schoolId: 1 }, ...own }],
  "studentSchoolAssociations.jsonl": [
    {
      id: "j1",
      entryDate: "2025-08-18",
      schoolReference: { schoolId: 1, link: link("School", "schools", "a1") },
      studentReference: { studentUniqueId: "s1" },
      ...own,
    },
  ],
  "cohorts.jsonl": [
    {
      id: "k1",
      cohortIdentifier: "C1",
      educationOrganizationReference: { educationOrganizationId: 1, link: link("School", "schools", "a1") },
      cohortDescription: "One",
      ...own,
    },
  ],
};

/** The rows of the school above: versions 1 to this one. */
export const schoolRows = Object.values(school).reduce((sum, rows) => sum + rows.length, 0);

export const schoolFolder = await folderOf(school);
