/* model
description: >-
  One row per live record of staff demographics in the Ed-Fi API, typed. The demographic information associated to a
  Staff member
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_demographic_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, staff_unique_id, education_organization_id.
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  citizenship_status: {type: STRING, description: An indicator of whether or not the person is a U.S. citizen.}
  gender_identity:
    type: STRING
    description: The Staff's gender as last reported to the education organization.
    pii: true
  hispanic_latino_ethnicity:
    type: BOOL
    description: >-
      An indication that the individual traces his or her origin or descent to Mexico, Puerto Rico, Cuba, Central, and
      South America, and other Spanish cultures, regardless of race, as last reported to the education organization.
  sex: {type: STRING, description: The Staff's birth sex as reported to the education organization.}
  ancestry_ethnic_origins:
    type: JSON
    description: The original peoples or cultures with which the individual identifies.
  identification_documents: {type: JSON, description: Describe the documentation of citizenship., pii: true}
  languages: {type: JSON, description: The language(s) the individual uses to communicate.}
  races:
    type: JSON
    description: >-
      The general racial category which most clearly reflects the individual's recognition of his or her community or
      with the which the individual most identifies as last reported to the education organization.
  tribal_affiliations:
    type: JSON
    description: >-
      An American Indian tribe with which the Staff is affiliated as last reported to the education organization.
  visas: {type: JSON, description: An indicator of a non-US citizen's Visa type., pii: true}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_demographic_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_demographics
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        regexp_extract(json_value(data, '$.citizenshipStatusDescriptor'), r'[^#]*$') as citizenship_status,
        json_value(data, '$.genderIdentity') as gender_identity,
        lax_bool(json_query(data, '$.hispanicLatinoEthnicity')) as hispanic_latino_ethnicity,
        regexp_extract(json_value(data, '$.sexDescriptor'), r'[^#]*$') as sex,
        json_query(data, '$.ancestryEthnicOrigins') as ancestry_ethnic_origins,
        json_query(data, '$.identificationDocuments') as identification_documents,
        json_query(data, '$.languages') as languages,
        json_query(data, '$.races') as races,
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
            '\u001f', lower(trim(cast(staff_unique_id as string))),
            '\u001f', lower(trim(cast(education_organization_id as string)))
        ))) as staff_demographic_key,
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
