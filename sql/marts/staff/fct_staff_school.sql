/* model
description: >-
  One row per assignment of a staff member to a school or agency, and one per school in which a staff member works
  without an assignment. An open end is an active row.
materialize: table
key: [staff_school_key]
cluster: [source_id, school_year]
columns:
  staff_school_key:
    type: STRING
    description: >-
      Key of the row: of the assignment by source_id, school_year, staff member, organization, classification and
      begin; without one, by staff member, school and program assignment.
  staff_key: {type: STRING, description: Key of the staff member.}
  staff_xyear_key: {type: STRING, description: Key of the staff member across years.}
  school_key: {type: STRING, description: Key of the school; NULL for an agency.}
  lea_key: {type: STRING, description: "Key of the agency; for a school, of the school's."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  staff_unique_id: {type: STRING, description: The staff member's id.}
  education_organization_id: {type: INT64, description: The school or agency.}
  organization_type: {type: STRING, description: school or lea; other if it is neither.}
  classification: {type: STRING, description: Classification such as Teacher or Principal.}
  position_title: {type: STRING, description: Title of the position.}
  full_time_equivalency: {type: NUMERIC, description: Share of full time.}
  academic_subjects: {type: ARRAY<STRING>, description: Subjects taught in the school.}
  grade_levels: {type: ARRAY<STRING>, description: Grade levels taught in the school.}
  begin_date: {type: DATE, description: First day.}
  end_date: {type: DATE, description: Last day; NULL while it is open.}
  is_active:
    type: BOOL
    description: >-
      Whether as_of_date lies in the row and in the current school year; never in what its ODS has of another year.
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [staff_key, is_active]
  - relationship: {column: staff_key, to: marts.dim_staff, min_match: 0.99, severity: warn}
*/
with assignments as (
    select
        *,
        staff_education_organization_assignment_association_key as staff_school_key
    from staging.stg_edfi__staff_education_organization_assignment_associations
    where staff_education_organization_assignment_association_key is not null
    qualify row_number() over (
        partition by staff_education_organization_assignment_association_key order by last_modified_at desc, api_id
    ) = 1
),

staff_schools as (
    select
        *,
        staff_school_association_key as staff_school_key
    from staging.stg_edfi__staff_school_associations
    where staff_school_association_key is not null
    qualify row_number() over (
        partition by staff_school_association_key order by last_modified_at desc, api_id
    ) = 1
),

schools as (
    select * from marts.dim_school
),

leas as (
    select * from marts.dim_lea
),

school_years as (
    select * from marts.dim_school_year
),

subjects as (
    select distinct
        staff_schools.staff_key,
        staff_schools.school_id,
        regexp_extract(json_value(item, '$.academicSubjectDescriptor'), r'[^#]*$') as academic_subject
    from staff_schools
    cross join unnest(json_query_array(staff_schools.academic_subjects)) as item
),

subject_lists as (
    select staff_key, school_id, array_agg(academic_subject order by academic_subject) as academic_subjects
    from subjects
    where academic_subject is not null
    group by staff_key, school_id
),

grades as (
    select distinct
        staff_schools.staff_key,
        staff_schools.school_id,
        regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'[^#]*$') as grade_level
    from staff_schools
    cross join unnest(json_query_array(staff_schools.grade_levels)) as item
),

grade_lists as (
    select staff_key, school_id, array_agg(grade_level order by grade_level) as grade_levels
    from grades
    where grade_level is not null
    group by staff_key, school_id
),

assigned_organizations as (
    select distinct staff_key, education_organization_id from assignments
),

work as (
    select
        staff_school_key,
        staff_key,
        staff_xyear_key,
        source_id,
        school_year,
        staff_unique_id,
        education_organization_id,
        staff_classification as classification,
        position_title,
        full_time_equivalency,
        begin_date,
        end_date,
        true as is_of_own_year,
        last_modified_at
    from assignments
    union all
    select
        staff_schools.staff_school_key,
        staff_schools.staff_key,
        staff_schools.staff_xyear_key,
        staff_schools.source_id,
        staff_schools.school_year,
        staff_schools.staff_unique_id,
        staff_schools.school_id as education_organization_id,
        cast(null as string) as classification,
        cast(null as string) as position_title,
        cast(null as numeric) as full_time_equivalency,
        cast(null as date) as begin_date,
        cast(null as date) as end_date,
        coalesce(staff_schools.school_year in (0, staff_schools.reported_school_year), true)
            as is_of_own_year,
        staff_schools.last_modified_at
    from staff_schools
    left join assigned_organizations
        on assigned_organizations.staff_key = staff_schools.staff_key
        and assigned_organizations.education_organization_id = staff_schools.school_id
    where assigned_organizations.staff_key is null
),

final as (
    select
        work.staff_school_key,
        work.staff_key,
        work.staff_xyear_key,
        schools.school_key,
        coalesce(schools.lea_key, leas.lea_key) as lea_key,
        work.source_id,
        work.school_year,
        work.staff_unique_id,
        work.education_organization_id,
        case
            when schools.school_key is not null then 'school'
            when leas.lea_key is not null then 'lea'
            else 'other'
        end as organization_type,
        work.classification,
        work.position_title,
        work.full_time_equivalency,
        coalesce(subject_lists.academic_subjects, cast([] as array<string>)) as academic_subjects,
        coalesce(grade_lists.grade_levels, cast([] as array<string>)) as grade_levels,
        work.begin_date,
        work.end_date,
        coalesce(
            school_years.is_current
            and work.is_of_own_year
            and (work.begin_date is null or work.begin_date <= school_years.as_of_date)
            and (work.end_date is null or work.end_date >= school_years.as_of_date),
            false
        ) as is_active,
        work.last_modified_at
    from work
    left join schools
        on schools.source_id = work.source_id
        and schools.school_year = work.school_year
        and schools.school_id = work.education_organization_id
    left join leas
        on leas.source_id = work.source_id
        and leas.lea_id = work.education_organization_id
    left join school_years
        on school_years.source_id = work.source_id
        and school_years.school_year = work.school_year
    left join subject_lists
        on subject_lists.staff_key = work.staff_key
        and subject_lists.school_id = work.education_organization_id
    left join grade_lists
        on grade_lists.staff_key = work.staff_key
        and grade_lists.school_id = work.education_organization_id
)

select * from final
