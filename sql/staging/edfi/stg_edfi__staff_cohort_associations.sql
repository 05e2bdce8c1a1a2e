/* model
description: >-
  One row per live record of staff cohort associations in the Ed-Fi API, typed. This association indicates the staff
  associated with a cohort of students.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_cohort_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, staff_unique_id, education_organization_id, cohort_identifier, begin_date.
  cohort_key:
    type: STRING
    description: >-
      Key of the cohort: source_id, school_year, education_organization_id, cohort_identifier.
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  begin_date: {type: DATE, description: Start date for the association of staff to this cohort.}
  cohort_identifier: {type: STRING, description: The name or ID for the cohort.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  end_date: {type: DATE, description: End date for the association of staff to this cohort.}
  student_record_access:
    type: BOOL
    description: >-
      Indicator of whether the staff has access to the student records of the cohort per district interpretation of
      FERPA and other privacy laws, regulations, and policies.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_cohort_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_cohort_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        json_value(data, '$.cohortReference.cohortIdentifier') as cohort_identifier,
        safe_cast(json_value(data, '$.cohortReference.educationOrganizationId') as int64) as education_organization_id,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        lax_bool(json_query(data, '$.studentRecordAccess')) as student_record_access,
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
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(cohort_identifier as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as staff_cohort_association_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(cohort_identifier as string)))
        ))) as cohort_key,
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
