/* model
description: >-
  One row per live record of student demographics in the Ed-Fi API, typed. The demographic information associated to a
  student.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_demographic_key:
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
  citizenship_status: {type: STRING, description: An indicator of whether or not the person is a U.S. citizen.}
  economic_disadvantage:
    type: STRING
    description: >-
      The indication of an inadequate financial condition of an individual's family, as determined by family income,
      number of family members/dependents, participation in public assistance programs, and/or other characteristics
      considered…
  economic_disadvantage_namespace:
    type: STRING
    description: Namespace of economic_disadvantage, which says whose code it is.
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
  ancestry_ethnic_origins:
    type: JSON
    description: The original peoples or cultures with which the individual identifies.
  disabilities:
    type: JSON
    description: >-
      The disability condition(s) that best describes an individual's impairment, as determined by evaluation(s)
      conducted by the education organization.
  identification_documents: {type: JSON, description: Describe the documentation of citizenship., pii: true}
  languages: {type: JSON, description: The language(s) the individual uses to communicate.}
  races:
    type: JSON
    description: >-
      The general racial category which most clearly reflects the individual's recognition of his or her community or
      with the which the individual most identifies as last reported to the education organization.
  student_characteristics: {type: JSON, description: Reflects important characteristics of a student.}
  tribal_affiliations:
    type: JSON
    description: >-
      An American Indian tribe with which the student is affiliated as last reported to the education organization.
  visas: {type: JSON, description: An indicator of a non-US citizen's Visa type., pii: true}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_demographic_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_demographics
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
        regexp_extract(json_value(data, '$.citizenshipStatusDescriptor'), r'[^#]*$') as citizenship_status,
        regexp_extract(json_value(data, '$.economicDisadvantageDescriptor'), r'[^#]*$') as economic_disadvantage,
        regexp_extract(
            json_value(data, '$.economicDisadvantageDescriptor'),
            r'^(.*)#'
        ) as economic_disadvantage_namespace,
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
        json_query(data, '$.ancestryEthnicOrigins') as ancestry_ethnic_origins,
        json_query(data, '$.disabilities') as disabilities,
        json_query(data, '$.identificationDocuments') as identification_documents,
        json_query(data, '$.languages') as languages,
        json_query(data, '$.races') as races,
        json_query(data, '$.studentCharacteristics') as student_characteristics,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(education_organization_id as string)))
        ))) as student_demographic_key,
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
