import type { JsonObject } from "../json/lossless.ts";
import { chance, day, guid, localTime, pick } from "./chance.ts";

/** People of a school that does not exist, with the columns that the pipelines in production read (sandbox/data/README.md). */

const forenames = [
  "Aisyah",
  "Ben",
  "Chloe",
  "Dev",
  "Elif",
  "Farid",
  "Grace",
  "Hana",
  "Ivan",
  "Jun",
  "Mei",
  "Zoë",
] as const;
const surnames = [
  "Abdullah",
  "Brown",
  "Chan",
  "D'Souza",
  "Evans",
  "Goh",
  "Ibrahim",
  "Lim",
  "O'Neill",
  "Rahman",
  "Wong",
] as const;
const houses = ["Falcon", "Heron", "Kestrel", "Osprey"] as const;
const nationalities = ["Malaysian", "British", "Singaporean", "Korean"] as const;
const languages = ["English", "Malay", "Mandarin", "Korean"] as const;
const religions = ["None", "Islam", "Christianity", "Buddhism"] as const;
const leavingReasons = ["Completed", "Moved abroad", "Changed school"] as const;

export const yearGroupsOf = [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] as const;
/** The school year that is shown: it begins in the autumn of this year. */
export const schoolYear = 2025;

interface Person {
  readonly forename: string;
  readonly surname: string;
  readonly gender: string;
}

function person(kind: string, index: number): Person {
  return {
    forename: pick(forenames, `${kind}/forename`, index),
    surname: pick(surnames, `${kind}/surname`, index),
    gender: chance(`${kind}/gender`, index) < 0.5 ? "F" : "M",
  };
}

/** What every list of pupils says of each. */
function pupil(kind: string, number: number, index: number): JsonObject {
  const { forename, surname, gender } = person(kind, index);
  const fullName = `${forename} ${surname}`;
  return {
    boardingStatus: chance(`${kind}/boards`, index) < 0.1 ? "Boarder" : "Day",
    forename,
    fullName,
    gender,
    initials: `${forename[0]}${surname[0]}`,
    languages: [pick(languages, `${kind}/language`, index)],
    lastUpdated: localTime(`${kind}/updated`, index),
    nationalities: [pick(nationalities, `${kind}/nationality`, index)],
    officialName: fullName,
    personGuid: guid(number, index),
    personId: number * 10_000 + index,
    preferredName: forename,
    schoolCode: `${number}${String(index).padStart(4, "0")}`,
    schoolId: String(102_900_000_000 + number * 1_000_000 + index * 7),
    surname,
    systemStatus: String(kind === "applicant" ? 0 : kind === "student" ? 1 : -1),
    title: gender === "F" ? "Miss" : "Mr",
  };
}

/** What students and applicants have, and former students do not. */
function details(kind: string, index: number): JsonObject {
  return {
    birthCounty: null,
    birthplace: pick(["Kuala Lumpur", "Penang", "London"], `${kind}/birthplace`, index),
    ethnicity: null,
    familyId: 500 + Math.floor(index / 2),
    isVisaRequired: chance(`${kind}/visa`, index) < 0.2,
    labelSalutation: "Mr and Mrs",
    letterSalutation: "Dear parents",
    mobileNumber: null,
    religion: pick(religions, `${kind}/religion`, index),
    residentCountry: "Malaysia",
    schoolEmailAddress: kind === "student" ? `s${index}@school.example` : null,
    uniquePupilNumber: null,
  };
}

/** One student; about one in 40 has no year group yet. */
export function student(index: number): JsonObject {
  const yearGroup = yearGroupsOf[index % yearGroupsOf.length] ?? 7;
  const years = Math.floor(chance("student/years", index) * 4);
  const isLeaving = chance("student/leaves", index) < 0.05;
  return {
    id: 1000 + index,
    ...pupil("student", 1, index),
    ...details("student", index),
    academicHouse: pick(houses, "student/house", index),
    boardingHouse: null,
    dob: day(schoolYear - yearGroup - 5, 1 + (index % 12), 1 + (index % 28)),
    enrolmentDate: day(schoolYear - years, 9, 1),
    enrolmentStatus: "1",
    enrolmentTerm: "Autumn",
    enrolmentYear: schoolYear - years,
    formGroup: `${yearGroup}${"ABC"[index % 3]}`,
    futureSchoolId: null,
    homeAddresses: [
      {
        id: 9000 + index,
        address1: `${index + 1} Jalan Satu`,
        address2: null,
        address3: null,
        country: "Malaysia",
        county: "Selangor",
        postcode: String(40_000 + (index % 500)),
        private: false,
        town: "Shah Alam",
      },
    ],
    latestPhotoId: null,
    leavingDate: isLeaving ? day(schoolYear + 1, 7, 3) : null,
    leavingReason: isLeaving ? "Moved abroad" : null,
    leavingYearGroup: isLeaving ? yearGroup : null,
    middlenames: null,
    personalEmailAddress: null,
    previousName: null,
    removalGrounds: null,
    tutorEmployeeId: 1 + (index % 40),
    yearGroup: chance("student/unplaced", index) < 0.025 ? null : yearGroup,
  };
}

/** One applicant; the API gives them no `id` but their `schoolId`. */
export function applicant(index: number): JsonObject {
  const yearGroup = yearGroupsOf[index % yearGroupsOf.length] ?? 7;
  const isWithdrawn = chance("applicant/withdrawn", index) < 0.15;
  return {
    ...pupil("applicant", 2, index),
    ...details("applicant", index),
    admissionStatus: pick(["Enquiry", "Registered", "Offered", "Accepted"], "applicant/status", index),
    currentSchoolId: null,
    dateOfBirth: day(schoolYear - yearGroup - 4, 1 + (index % 12), 1 + (index % 28)),
    enquiryDate: day(schoolYear, 1 + (index % 9), 1 + (index % 28)),
    enquiryReason: null,
    enquiryType: pick(["Web", "Phone", "Visit"], "applicant/enquiry", index),
    enrolmentAcademicHouseId: null,
    enrolmentBoardingHouseId: null,
    enrolmentDate: day(schoolYear + 1, 9, 1),
    enrolmentOfferType: null,
    enrolmentSchoolForm: null,
    enrolmentSchoolTerm: "Autumn",
    enrolmentSchoolYear: schoolYear + 1,
    enrolmentSchoolYearGroup: yearGroup,
    isReadmission: false,
    middleNames: null,
    registeredDate: day(schoolYear, 10, 1 + (index % 28)),
    withdrawnDate: isWithdrawn ? day(schoolYear, 11, 15) : null,
    withdrawnReason: isWithdrawn ? "Family stays abroad" : null,
    withdrawnReasonNote: null,
  };
}

/** One former student. */
export function alumnus(index: number): JsonObject {
  const left = schoolYear - Math.floor(chance("alumnus/left", index) * 10);
  return {
    ...pupil("alumnus", 3, index),
    admissionStatus: "Former",
    enquiryDate: null,
    enrolmentDate: day(left - 5, 9, 1),
    enrolmentYear: left - 5,
    enrolmentYearGroup: 8,
    futureSchoolId: null,
    leavingDate: day(left, 7, 3),
    leavingReason: pick(leavingReasons, "alumnus/reason", index),
    leavingTerm: "Summer",
    leavingYear: left - 1,
    leavingYearGroup: 13,
    middlenames: null,
    registeredDate: null,
    visitDate: null,
    yearGroup: 13,
  };
}

/** One member of staff. */
export function employee(index: number): JsonObject {
  const { forename, surname, gender } = person("employee", index);
  return {
    id: 1 + index,
    currentContractId: 3000 + index,
    dateOfBirth: day(1965 + (index % 35), 1 + (index % 12), 1 + (index % 28)),
    enrolmentDate: day(2010 + (index % 15), 8, 15),
    forename,
    gender,
    isPartTime: chance("employee/partTime", index) < 0.2,
    isPersonalTutor: index < 40,
    isTeachingStaff: index < 60,
    latestPhotoId: null,
    leavingDate: null,
    middleNames: null,
    nationalities: [pick(nationalities, "employee/nationality", index)],
    personalAddress1: `${index + 1} Jalan Dua`,
    personalAddress2: null,
    personalAddress3: null,
    personalCountry: "Malaysia",
    personalCounty: "Selangor",
    personalEmailAddress: null,
    personalMobileNumber: null,
    personalPostcode: "40000",
    personalTelephoneNumber: null,
    personalTown: "Shah Alam",
    personGuid: guid(4, index),
    preferredName: forename,
    previousFamilyNames: null,
    schoolEmailAddress: `staff${index}@school.example`,
    schoolInitials: `${forename[0]}${surname[0]}${index}`,
    schoolMobileNumber: null,
    schoolTelephoneNumber: null,
    surname,
    systemStatus: "1",
    title: gender === "F" ? "Ms" : "Mr",
  };
}
