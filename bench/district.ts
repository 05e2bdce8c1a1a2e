import type { SyntheticSize } from "../sandbox/edfi/synthetic.ts";

/** A made-up district that has so many attendance events, and students and sections to go with them. */
export function districtOf(attendanceEvents: number): SyntheticSize {
  const students = Math.max(100, Math.ceil(attendanceEvents / 180));
  return { students, sections: Math.max(20, Math.ceil(students / 25)), attendanceEvents };
}
