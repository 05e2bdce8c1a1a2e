/* model
description: >-
  One row per live record of student directories in the Ed-Fi API, typed. The contact information associated to a
  student.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_directory_key:
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
  addresses:
    type: JSON
    description: The set of elements that describes an address, including the street address, city, state, and ZIP code.
    pii: true
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
  telephones:
    type: JSON
    description: The 10-digit telephone number, including the area code, for the person.
    pii: true
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_directory_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_directories
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
        json_query(data, '$.addresses') as addresses,
        json_query(data, '$.electronicMails') as electronic_mails,
        json_query(data, '$.internationalAddresses') as international_addresses,
        json_query(data, '$.telephones') as telephones,
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
        ))) as student_directory_key,
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
