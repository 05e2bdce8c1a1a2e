/**
 * The snake_case column for an API member: `courseGPAApplicabilityDescriptor` is `course_gpa_applicability`. A code is named without
 * `Descriptor`, and a record's own year is `reported_school_year`, because `school_year` is the year of the ODS.
 */
export function columnName(member: string): string {
  const name = snakeCase(member.replace(/(?<=.)Descriptor$/, ""));
  return name === "school_year" ? "reported_school_year" : name;
}

/** `studentCTEProgramAssociations` is `student_cte_program_associations`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

/** `schoolId` with the role `responsibility` is `responsibilitySchoolId`. */
export function withRole(role: string, member: string): string {
  if (role === "" || member.startsWith(role)) return member;
  return role + capitalised(member);
}

export function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
