/* model
description: >-
  One row per cohort (any list of students that an education organization keeps for a purpose) and school year.
materialize: table
key: [cohort_key]
access: everyone
cluster: [source_id, school_year]
columns:
  cohort_key:
    type: STRING
    description: "Key of the row: source_id, school_year, education_organization_id, cohort_identifier."
  lea_key: {type: STRING, description: Key of the local education agency that keeps it or whose school does.}
  school_key: {type: STRING, description: Key of the school that keeps it; NULL if no school does.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  education_organization_id: {type: INT64, description: The organization that keeps it.}
  cohort_identifier: {type: STRING, description: Its name or id.}
  description: {type: STRING, description: What it is for.}
  cohort_type: {type: STRING, description: Code of its type.}
  scope: {type: STRING, description: "Code of its scope, such as district or classroom."}
  academic_subject: {type: STRING, description: Subject that it is for.}
  program_keys: {type: ARRAY<STRING>, description: Keys of the programs that it belongs to.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [cohort_identifier]
*/
with cohorts as (
    select *
    from staging.stg_edfi__cohorts
    where cohort_key is not null
    qualify row_number() over (partition by cohort_key order by last_modified_at desc, api_id) = 1
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select * from marts.dim_school
),

references_to_programs as (
    select
        cohorts.cohort_key,
        cohorts.source_id,
        cohorts.school_year,
        json_value(item, '$.programReference.educationOrganizationId') as education_organization_id,
        json_value(item, '$.programReference.programName') as program_name,
        regexp_extract(json_value(item, '$.programReference.programTypeDescriptor'), r'[^#]*$') as program_type
    from cohorts
    cross join unnest(json_query_array(cohorts.programs)) as item
),

keyed_programs as (
    select
        cohort_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(program_name as string))),
            '\u001f', lower(trim(cast(program_type as string)))
        ))) as program_key
    from references_to_programs
),

program_lists as (
    select cohort_key, array_agg(distinct program_key order by program_key) as program_keys
    from keyed_programs
    where program_key is not null
    group by cohort_key
),

final as (
    select
        cohorts.cohort_key,
        coalesce(leas.lea_key, schools.lea_key) as lea_key,
        schools.school_key,
        cohorts.source_id,
        cohorts.school_year,
        cohorts.education_organization_id,
        cohorts.cohort_identifier,
        cohorts.cohort_description as description,
        cohorts.cohort_type,
        cohorts.cohort_scope as scope,
        cohorts.academic_subject,
        coalesce(program_lists.program_keys, cast([] as array<string>)) as program_keys,
        cohorts.last_modified_at
    from cohorts
    left join leas
        on leas.source_id = cohorts.source_id
        and leas.lea_id = cohorts.education_organization_id
    left join schools
        on schools.source_id = cohorts.source_id
        and schools.school_year = cohorts.school_year
        and schools.school_id = cohorts.education_organization_id
    left join program_lists on program_lists.cohort_key = cohorts.cohort_key
)

select * from final
