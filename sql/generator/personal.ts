/** Endpoints whose records describe a person: there, addresses, identification codes and extensions are personal too. */
const ofPersons =
  /^(students|staffs|contacts|parents|people|(student|staff)_(demographics|directories|identification_codes)|student_education_organization_associations)$/;

const always = new Set([
  "firstName",
  "middleName",
  "lastSurname",
  "maidenName",
  "preferredFirstName",
  "preferredLastSurname",
  "generationCodeSuffix",
  "personalTitlePrefix",
  "otherNames",
  "fullName",
  "reporterName",
  "loginId",
  "birthDate",
  "birthCity",
  "birthCountryDescriptor",
  "birthInternationalProvince",
  "birthStateAbbreviationDescriptor",
  "electronicMailAddress",
  "electronicMails",
  "identificationDocuments",
  "personalIdentificationDocuments",
  "studentIdentificationCodes",
  "profileThumbnail",
  "externalParticipants",
  "genderIdentity",
  "visas",
]);

const inPersons = new Set([
  "addresses",
  "internationalAddresses",
  "telephones",
  "identificationCode",
  "identificationCodes",
  "_ext",
]);

/** Whether a member identifies a person by name, birth, address, number or document: the column is marked `pii`. */
export function isPersonal(endpoint: string, member: string): boolean {
  return always.has(member) || (inPersons.has(member) && ofPersons.test(endpoint));
}
