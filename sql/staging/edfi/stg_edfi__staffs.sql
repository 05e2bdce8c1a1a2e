/* model
description: >-
  One row per live record of staffs in the Ed-Fi API, typed. This entity represents an individual who performs specified
  activities for any public or private education institution or agency that provides instructional and/or support
  services to students or staff at the early childhood level…
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_key: {type: STRING, description: "Key of the row: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  open_staff_position_education_organization_id:
    type: INT64
    description: The identifier assigned to an education organization.
  requisition_number:
    type: STRING
    description: >-
      The number or identifier assigned to an open staff position, typically a requisition number assigned by Human
      Resources.
  person_id: {type: STRING, description: A unique alphanumeric code assigned to a person.}
  source_system:
    type: STRING
    description: This descriptor defines the originating record source system for the person.
  birth_date: {type: DATE, description: "The month, day, and year on which an individual was born.", pii: true}
  first_name:
    type: STRING
    description: >-
      A name given to an individual at birth, baptism, or during another naming ceremony, or through legal change.
    pii: true
  generation_code_suffix:
    type: STRING
    description: An appendage, if any, used to denote an individual's generation in his family (e.g., Jr., Sr., III).
    pii: true
  highest_completed_level_of_education:
    type: STRING
    description: >-
      The extent of formal instruction an individual has received (e.g., the highest grade in school completed or its
      equivalent or the highest degree received).
  highly_qualified_teacher:
    type: BOOL
    description: >-
      An indication of whether a teacher is classified as highly qualified for his/her assignment according to state
      definition.
  last_surname: {type: STRING, description: The name borne in common by members of a family., pii: true}
  login_id:
    type: STRING
    description: The login ID for the user; used for security access control interface.
    pii: true
  maiden_name: {type: STRING, description: The individual's maiden name., pii: true}
  middle_name:
    type: STRING
    description: A secondary name given to an individual at birth, baptism, or during another naming ceremony.
    pii: true
  personal_title_prefix:
    type: STRING
    description: A prefix used to denote the title, degree, position, or seniority of the individual.
    pii: true
  preferred_first_name:
    type: STRING
    description: The first name the individual prefers, if different from their legal first name
    pii: true
  preferred_last_surname:
    type: STRING
    description: The last name the individual prefers, if different from their legal last name
    pii: true
  years_of_prior_professional_experience:
    type: NUMERIC
    description: >-
      The total number of years that an individual has previously held a similar professional position in one or more
      education institutions prior to the current school year.
  years_of_prior_teaching_experience:
    type: NUMERIC
    description: >-
      The total number of years that an individual has previously held a teaching position in one or more education
      institutions prior to the current school year.
  citizenship_status: {type: STRING, description: An indicator of whether or not the person is a U.S. citizen.}
  gender_identity: {type: STRING, description: The gender the staff member identifies themselves as., pii: true}
  hispanic_latino_ethnicity:
    type: BOOL
    description: >-
      An indication that the individual traces his or her origin or descent to Mexico, Puerto Rico, Cuba, Central, and
      South America, and other Spanish cultures, regardless of race.
  sex: {type: STRING, description: The birth sex of the staff member.}
  old_ethnicity:
    type: STRING
    description: >-
      Previous definition of Ethnicity combining Hispanic/Latino and race: 1 - American Indian or Alaskan Native 2 -
      Asian or Pacific Islander 3 - Black, not of Hispanic origin 4 - Hispanic 5 - White, not of Hispanic origin.
  credentials:
    type: JSON
    description: The legal document giving authorization to perform teaching assignment services.
  educator_preparation_programs:
    type: JSON
    description: The educator preparation program(s) completed by the teacher.
  educator_research: {type: JSON, description: The API's educator research.}
  highly_qualified_academic_subjects:
    type: JSON
    description: >-
      The academic subject(s) in which the staff is deemed to be "highly qualified".
  other_names: {type: JSON, description: Other names associated with a person., pii: true}
  personal_identification_documents:
    type: JSON
    description: >-
      The documents presented as evident to verify one's personal identity; for example: drivers license, passport,
      birth certificate, etc.
    pii: true
  recognitions:
    type: JSON
    description: Recognitions given to the staff for accomplishments in a co-curricular or extracurricular activity.
  addresses:
    type: JSON
    description: The set of elements that describes an address, including the street address, city, state, and ZIP code.
    pii: true
  ancestry_ethnic_origins:
    type: JSON
    description: The original peoples or cultures with which the individual identifies.
  electronic_mails:
    type: JSON
    description: >-
      The numbers, letters, and symbols used to identify an electronic mail (e-mail) user within the network to which
      the individual or organization belongs.
    pii: true
  identification_codes:
    type: JSON
    description: >-
      A unique number or alphanumeric code assigned to a staff member by a school, school system, a state, or other
      agency or entity.
    pii: true
  identification_documents: {type: JSON, description: Describe the documentation of citizenship., pii: true}
  international_addresses:
    type: JSON
    description: The set of elements that describes an international address.
    pii: true
  languages: {type: JSON, description: The language(s) the individual uses to communicate.}
  races:
    type: JSON
    description: >-
      The general racial category which most clearly reflects the individual's recognition of his or her community or
      with which the individual most identifies.
  telephones:
    type: JSON
    description: The 10-digit telephone number, including the area code, for the person.
    pii: true
  tribal_affiliations: {type: JSON, description: An American Indian tribe with which the staff member is affiliated.}
  visas: {type: JSON, description: An indicator of a non-US citizen's Visa type., pii: true}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staffs
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.staffUniqueId') as staff_unique_id,
        safe_cast(
            json_value(data, '$.openStaffPositionReference.educationOrganizationId') as int64
        ) as open_staff_position_education_organization_id,
        json_value(data, '$.openStaffPositionReference.requisitionNumber') as requisition_number,
        json_value(data, '$.personReference.personId') as person_id,
        regexp_extract(json_value(data, '$.personReference.sourceSystemDescriptor'), r'[^#]*$') as source_system,
        safe_cast(substr(json_value(data, '$.birthDate'), 1, 10) as date) as birth_date,
        json_value(data, '$.firstName') as first_name,
        json_value(data, '$.generationCodeSuffix') as generation_code_suffix,
        regexp_extract(
            json_value(data, '$.highestCompletedLevelOfEducationDescriptor'),
            r'[^#]*$'
        ) as highest_completed_level_of_education,
        lax_bool(json_query(data, '$.highlyQualifiedTeacher')) as highly_qualified_teacher,
        json_value(data, '$.lastSurname') as last_surname,
        json_value(data, '$.loginId') as login_id,
        json_value(data, '$.maidenName') as maiden_name,
        json_value(data, '$.middleName') as middle_name,
        json_value(data, '$.personalTitlePrefix') as personal_title_prefix,
        json_value(data, '$.preferredFirstName') as preferred_first_name,
        json_value(data, '$.preferredLastSurname') as preferred_last_surname,
        safe_cast(
            json_value(data, '$.yearsOfPriorProfessionalExperience') as numeric
        ) as years_of_prior_professional_experience,
        safe_cast(
            json_value(data, '$.yearsOfPriorTeachingExperience') as numeric
        ) as years_of_prior_teaching_experience,
        regexp_extract(json_value(data, '$.citizenshipStatusDescriptor'), r'[^#]*$') as citizenship_status,
        json_value(data, '$.genderIdentity') as gender_identity,
        lax_bool(json_query(data, '$.hispanicLatinoEthnicity')) as hispanic_latino_ethnicity,
        regexp_extract(json_value(data, '$.sexDescriptor'), r'[^#]*$') as sex,
        regexp_extract(json_value(data, '$.oldEthnicityDescriptor'), r'[^#]*$') as old_ethnicity,
        json_query(data, '$.credentials') as credentials,
        json_query(data, '$.educatorPreparationPrograms') as educator_preparation_programs,
        json_query(data, '$.educatorResearch') as educator_research,
        json_query(data, '$.highlyQualifiedAcademicSubjects') as highly_qualified_academic_subjects,
        json_query(data, '$.otherNames') as other_names,
        json_query(data, '$.personalIdentificationDocuments') as personal_identification_documents,
        json_query(data, '$.recognitions') as recognitions,
        json_query(data, '$.addresses') as addresses,
        json_query(data, '$.ancestryEthnicOrigins') as ancestry_ethnic_origins,
        json_query(data, '$.electronicMails') as electronic_mails,
        json_query(data, '$.identificationCodes') as identification_codes,
        json_query(data, '$.identificationDocuments') as identification_documents,
        json_query(data, '$.internationalAddresses') as international_addresses,
        json_query(data, '$.languages') as languages,
        json_query(data, '$.races') as races,
        json_query(data, '$.telephones') as telephones,
        json_query(data, '$.tribalAffiliations') as tribal_affiliations,
        json_query(data, '$.visas') as visas,
        json_query(data, '$._ext') as extensions,
        coalesce(
            safe_cast(regexp_replace(json_value(data, '$._lastModifiedDate'), r'([.]\d{6})\d+', r'\1') as timestamp),
            extracted_at
        ) as last_modified_at
    from records
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
