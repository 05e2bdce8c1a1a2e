/* model
description: >-
  One row per live record of cohorts in the Ed-Fi API, typed. This entity represents any type of list of designated
  students for tracking, analysis, or intervention.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  cohort_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, education_organization_id, cohort_identifier.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  cohort_identifier: {type: STRING, description: The name or ID for the cohort.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  academic_subject: {type: STRING, description: The academic subject associated with an academic intervention.}
  cohort_description: {type: STRING, description: The description of the cohort and its purpose.}
  cohort_scope: {type: STRING, description: "The scope of cohort (e.g., school, district, classroom)."}
  cohort_type: {type: STRING, description: "The type of cohort (e.g., academic intervention, classroom breakout)."}
  programs: {type: JSON, description: "The (optional) program associated with this cohort (e.g., special education)."}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: cohort_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.cohorts
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.cohortIdentifier') as cohort_identifier,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        regexp_extract(json_value(data, '$.academicSubjectDescriptor'), r'[^#]*$') as academic_subject,
        json_value(data, '$.cohortDescription') as cohort_description,
        regexp_extract(json_value(data, '$.cohortScopeDescriptor'), r'[^#]*$') as cohort_scope,
        regexp_extract(json_value(data, '$.cohortTypeDescriptor'), r'[^#]*$') as cohort_type,
        json_query(data, '$.programs') as programs,
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
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(cohort_identifier as string)))
        ))) as cohort_key,
        typed.*
    from typed
)

select * from final
