/* model
description: >-
  One row per live record of student cohort associations in the Ed-Fi API, typed. This association represents the
  cohort(s) for which a student is designated.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_cohort_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id, cohort_identifier,
      begin_date.
  cohort_key:
    type: STRING
    description: >-
      Key of the cohort: source_id, school_year, education_organization_id, cohort_identifier.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  begin_date:
    type: DATE
    description: The month, day, and year on which the student was first identified as part of the cohort.
  cohort_identifier: {type: STRING, description: The name or ID for the cohort.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  end_date:
    type: DATE
    description: The month, day, and year on which the student was removed as part of the cohort.
  sections: {type: JSON, description: The cohort representing the subdivision of students within one or more sections.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_cohort_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_cohort_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        json_value(data, '$.cohortReference.cohortIdentifier') as cohort_identifier,
        safe_cast(json_value(data, '$.cohortReference.educationOrganizationId') as int64) as education_organization_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        json_query(data, '$.sections') as sections,
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
            '\u001f', lower(trim(cast(cohort_identifier as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as student_cohort_association_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(cohort_identifier as string)))
        ))) as cohort_key,
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
