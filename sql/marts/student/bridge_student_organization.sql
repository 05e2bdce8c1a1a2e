/* model
description: >-
  One row per student and organization that describes the student in a school year (demographics, addresses, ids), with
  the order in which they hold where they differ.
materialize: table
key: [student_key, education_organization_id]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: Key of the student.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  education_organization_id: {type: INT64, description: The school or agency.}
  organization_type: {type: STRING, description: "lea, school or other."}
  organization_rank:
    type: INT64
    description: >-
      The one with rank 1 holds: the type that ref.parameters prefers, then the school of the latest enrolment or its
      agency, then the lowest id.
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - accepted_values: {column: organization_type, values: [lea, school, other]}
*/
-- From data standard 6 on, demographics, addresses and ids are resources of their own.
with descriptions as (
    select student_key, source_id, school_year, education_organization_id, last_modified_at
    from staging.stg_edfi__student_education_organization_associations
    union all
    select student_key, source_id, school_year, education_organization_id, last_modified_at
    from staging.stg_edfi__student_demographics
    union all
    select student_key, source_id, school_year, education_organization_id, last_modified_at
    from staging.stg_edfi__student_directories
    union all
    select student_key, source_id, school_year, education_organization_id, last_modified_at
    from staging.stg_edfi__student_identification_codes
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select * from marts.dim_school
),

organizations as (
    select
        student_key,
        source_id,
        school_year,
        education_organization_id,
        max(last_modified_at) as last_modified_at
    from descriptions
    where student_key is not null and education_organization_id is not null
    group by student_key, source_id, school_year, education_organization_id
),

latest_enrollments as (
    select enrollments.student_key, enrollments.school_id, schools.lea_id
    from staging.stg_edfi__student_school_associations as enrollments
    left join schools on schools.school_key = enrollments.school_key
    where enrollments.student_key is not null
    qualify row_number() over (
        partition by enrollments.student_key
        order by
            if(
                coalesce(enrollments.school_year in (0, enrollments.reported_school_year), true),
                0,
                1
            ),
            if(coalesce(enrollments.exit_withdraw_date >= enrollments.entry_date, true), 0, 1),
            coalesce(enrollments.exit_withdraw_date, date '9999-12-31') desc,
            enrollments.entry_date desc,
            enrollments.school_id
    ) = 1
),

parameters as (
    select sources.source_id, parameters.demographic_org_preference
    from (select distinct source_id from organizations) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

typed_organizations as (
    select
        organizations.*,
        case
            when leas.lea_key is not null then 'lea'
            when schools.school_key is not null then 'school'
            else 'other'
        end as organization_type,
        coalesce(
            organizations.education_organization_id in (latest_enrollments.school_id, latest_enrollments.lea_id), false
        ) as is_of_enrollment,
        parameters.demographic_org_preference
    from organizations
    left join leas
        on leas.source_id = organizations.source_id
        and leas.lea_id = organizations.education_organization_id
    left join schools
        on schools.source_id = organizations.source_id
        and schools.school_year = organizations.school_year
        and schools.school_id = organizations.education_organization_id
    left join latest_enrollments on latest_enrollments.student_key = organizations.student_key
    left join parameters on parameters.source_id = organizations.source_id
),

final as (
    select
        student_key,
        source_id,
        school_year,
        education_organization_id,
        organization_type,
        row_number() over (
            partition by student_key
            order by
                case
                    when organization_type = demographic_org_preference then 1
                    when organization_type != 'other' then 2
                    else 3
                end,
                if(is_of_enrollment, 0, 1),
                education_organization_id
        ) as organization_rank,
        last_modified_at
    from typed_organizations
)

select * from final
