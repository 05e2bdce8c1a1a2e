/* model
description: >-
  One row per live record of student identification codes in the Ed-Fi API, typed. This entity holds different identity
  codes for a student
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_identification_code_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id,
      student_identification_system.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  student_identification_system:
    type: STRING
    description: >-
      A coding scheme that is used for identification and record-keeping purposes by schools, LEAs, SEAs, or other
      agencies refer to a student.
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  assigning_organization_identification_code:
    type: STRING
    description: the organization code or name assigning the IdentificationCode.
  identification_code:
    type: STRING
    description: A unique number or alphanumeric code assigned to an individual by a school, LEA, SEA, or other agency.
    pii: true
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_identification_code_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_identification_codes
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(
            json_value(data, '$.studentIdentificationSystemDescriptor'),
            r'[^#]*$'
        ) as student_identification_system,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        json_value(data, '$.assigningOrganizationIdentificationCode') as assigning_organization_identification_code,
        json_value(data, '$.identificationCode') as identification_code,
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
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(student_identification_system as string)))
        ))) as student_identification_code_key,
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
