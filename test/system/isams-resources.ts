/** The sandbox's name of what an endpoint reads. */
export const isamsResources: Readonly<Record<string, string>> = {
  students: "students",
  applicants: "applicants",
  alumni: "alumni",
  employees: "employees",
  school_terms: "terms",
  year_groups: "yearGroups",
  year_group_divisions: "divisions",
  houses: "houses",
  billing_cycles: "billingCycles",
  teaching_subjects: "subjects",
  teaching_sets: "sets",
  teaching_set_students: "setMembers",
  absence_codes: "absenceCodes",
  present_codes: "presentCodes",
  registration_periods: "registrationPeriods",
};
