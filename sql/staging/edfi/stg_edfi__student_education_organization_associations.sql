/* model
description: >-
  One row per live record of student education organization associations in the Ed-Fi API, typed. This association
  represents student information as reported in the context of the student's relationship to the education organization.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_education_organization_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  barrier_to_internet_access_in_residence:
    type: STRING
    description: An indication of the barrier to having internet access in the student s primary place of residence.
  internet_access_in_residence:
    type: BOOL
    description: >-
      An indication of whether the student is able to access the internet in their primary place of residence.
  internet_access_type_in_residence:
    type: STRING
    description: The primary type of internet service used in the student s primary place of residence.
  internet_performance_in_residence:
    type: STRING
    description: >-
      An indication of whether the student can complete the full range of learning activities, including video streaming
      and assignment upload, without interruptions caused by poor internet performance in their primary place of
      residence.
  login_id:
    type: STRING
    description: The login ID for the user; used for security access control interface.
    pii: true
  primary_learning_device_access:
    type: STRING
    description: An indication of whether the primary learning device is shared or not shared with another individual.
  primary_learning_device_away_from_school:
    type: STRING
    description: The type of device the student uses most often to complete learning activities away from school.
  primary_learning_device_provider: {type: STRING, description: The provider of the primary learning device.}
  profile_thumbnail: {type: STRING, description: Locator reference for the student photo., pii: true}
  gender_identity:
    type: STRING
    description: The student's gender as last reported to the education organization.
    pii: true
  hispanic_latino_ethnicity:
    type: BOOL
    description: >-
      An indication that the individual traces his or her origin or descent to Mexico, Puerto Rico, Cuba, Central, and
      South America, and other Spanish cultures, regardless of race, as last reported to the education organization.
  limited_english_proficiency:
    type: STRING
    description: >-
      An indication that the student has been identified as limited English proficient by the Language Proficiency
      Assessment Committee (LPAC), or English proficient.
  sex: {type: STRING, description: The student's birth sex as reported to the education organization.}
  supporter_military_connection:
    type: STRING
    description: Military connection of the person/people whom the student is a dependent of.
  supporter_military_connection_namespace:
    type: STRING
    description: Namespace of supporter_military_connection, which says whose code it is.
  old_ethnicity:
    type: STRING
    description: >-
      Previous definition of ethnicity combining Hispanic/Latino and race: 1 - American Indian or Alaskan Native 2 -
      Asian or Pacific Islander 3 - Black, not of Hispanic origin 4 - Hispanic 5 - White, not of Hispanic origin.
  cohort_years:
    type: JSON
    description: >-
      The type and year of a cohort (e.g., 9th grade) the student belongs to as determined by the year that student
      entered a specific grade.
  displaced_students:
    type: JSON
    description: >-
      Information about student who was enrolled, or eligible for enrollment, but has temporarily or permanently
      enrolled in another school or district because of a crisis-related disruption in educational services.
  student_indicators: {type: JSON, description: "An indicator or metric computed for the student (e.g., at risk)."}
  addresses:
    type: JSON
    description: The set of elements that describes an address, including the street address, city, state, and ZIP code.
    pii: true
  ancestry_ethnic_origins:
    type: JSON
    description: The original peoples or cultures with which the individual identifies.
  disabilities:
    type: JSON
    description: >-
      The disability condition(s) that best describes an individual's impairment, as determined by evaluation(s)
      conducted by the education organization.
  electronic_mails:
    type: JSON
    description: >-
      The numbers, letters, and symbols used to identify an electronic mail (e-mail) user within the network to which
      the individual or organization belongs.
    pii: true
  international_addresses:
    type: JSON
    description: The set of elements that describes an international address.
    pii: true
  languages: {type: JSON, description: The language(s) the individual uses to communicate.}
  races:
    type: JSON
    description: >-
      The general racial category which most clearly reflects the individual's recognition of his or her community or
      with which the individual most identifies as last reported to the education organization.
  student_characteristics: {type: JSON, description: Reflects important characteristics of a student.}
  student_identification_codes:
    type: JSON
    description: >-
      A coding scheme that is used for identification and record-keeping purposes by schools, social services, or other
      agencies to refer to a student.
    pii: true
  telephones:
    type: JSON
    description: The 10-digit telephone number, including the area code, for the person.
    pii: true
  tribal_affiliations:
    type: JSON
    description: >-
      An American Indian tribe with which the student is affiliated as last reported to the education organization.
  program_participations:
    type: JSON
    description: Key programs the student is participating in or receives services from.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_education_organization_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_education_organization_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        regexp_extract(
            json_value(data, '$.barrierToInternetAccessInResidenceDescriptor'),
            r'[^#]*$'
        ) as barrier_to_internet_access_in_residence,
        lax_bool(json_query(data, '$.internetAccessInResidence')) as internet_access_in_residence,
        regexp_extract(
            json_value(data, '$.internetAccessTypeInResidenceDescriptor'),
            r'[^#]*$'
        ) as internet_access_type_in_residence,
        regexp_extract(
            json_value(data, '$.internetPerformanceInResidenceDescriptor'),
            r'[^#]*$'
        ) as internet_performance_in_residence,
        json_value(data, '$.loginId') as login_id,
        regexp_extract(
            json_value(data, '$.primaryLearningDeviceAccessDescriptor'),
            r'[^#]*$'
        ) as primary_learning_device_access,
        regexp_extract(
            json_value(data, '$.primaryLearningDeviceAwayFromSchoolDescriptor'),
            r'[^#]*$'
        ) as primary_learning_device_away_from_school,
        regexp_extract(
            json_value(data, '$.primaryLearningDeviceProviderDescriptor'),
            r'[^#]*$'
        ) as primary_learning_device_provider,
        json_value(data, '$.profileThumbnail') as profile_thumbnail,
        json_value(data, '$.genderIdentity') as gender_identity,
        lax_bool(json_query(data, '$.hispanicLatinoEthnicity')) as hispanic_latino_ethnicity,
        regexp_extract(
            json_value(data, '$.limitedEnglishProficiencyDescriptor'),
            r'[^#]*$'
        ) as limited_english_proficiency,
        regexp_extract(json_value(data, '$.sexDescriptor'), r'[^#]*$') as sex,
        regexp_extract(
            json_value(data, '$.supporterMilitaryConnectionDescriptor'),
            r'[^#]*$'
        ) as supporter_military_connection,
        regexp_extract(
            json_value(data, '$.supporterMilitaryConnectionDescriptor'),
            r'^(.*)#'
        ) as supporter_military_connection_namespace,
        regexp_extract(json_value(data, '$.oldEthnicityDescriptor'), r'[^#]*$') as old_ethnicity,
        json_query(data, '$.cohortYears') as cohort_years,
        json_query(data, '$.displacedStudents') as displaced_students,
        json_query(data, '$.studentIndicators') as student_indicators,
        json_query(data, '$.addresses') as addresses,
        json_query(data, '$.ancestryEthnicOrigins') as ancestry_ethnic_origins,
        json_query(data, '$.disabilities') as disabilities,
        json_query(data, '$.electronicMails') as electronic_mails,
        json_query(data, '$.internationalAddresses') as international_addresses,
        json_query(data, '$.languages') as languages,
        json_query(data, '$.races') as races,
        json_query(data, '$.studentCharacteristics') as student_characteristics,
        json_query(data, '$.studentIdentificationCodes') as student_identification_codes,
        json_query(data, '$.telephones') as telephones,
        json_query(data, '$.tribalAffiliations') as tribal_affiliations,
        json_query(data, '$.programParticipations') as program_participations,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(education_organization_id as string)))
        ))) as student_education_organization_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
