/* model
description: One row per student, cohort and day on which the student began in it. An open end is an active row.
materialize: table
key: [student_cohort_key]
cluster: [source_id, school_year]
columns:
  student_cohort_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id, cohort_identifier,
      begin_date.
  cohort_key: {type: STRING, description: Key of the cohort.}
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  school_key: {type: STRING, description: Key of the school that keeps the cohort; NULL if no school does.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  student_unique_id: {type: STRING, description: The student's id.}
  cohort_identifier: {type: STRING, description: Name or id of the cohort.}
  begin_date: {type: DATE, description: First day in the cohort.}
  end_date: {type: DATE, description: Last day in the cohort; NULL while it is open.}
  is_active: {type: BOOL, description: Whether as_of_date lies in the row and in the current school year.}
  staff_keys:
    type: ARRAY<STRING>
    description: "Keys of the staff of the cohort whose time in it overlaps the student's, in order."
  staff_names:
    type: ARRAY<STRING>
    description: "Their names in alphabetical order, as far as dim_staff has them."
    pii: true
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [is_active]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: cohort_key, to: marts.dim_cohort, min_match: 0.99, severity: warn}
  - expression: {name: end_is_not_before_begin, sql: end_date is null or end_date >= begin_date, severity: warn}
*/
with student_cohorts as (
    select
        *,
        coalesce(
            student_cohort_association_key,
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as student_cohort_key
    from staging.stg_edfi__student_cohort_associations
    where true
    qualify row_number() over (
        partition by coalesce(student_cohort_association_key, concat(source_id, cast(school_year as string), api_id))
        order by last_modified_at desc, api_id
    ) = 1
),

staff_cohorts as (
    select * from staging.stg_edfi__staff_cohort_associations
),

staff as (
    select * from marts.dim_staff
),

cohorts as (
    select * from marts.dim_cohort
),

school_years as (
    select * from marts.dim_school_year
),

student_staff as (
    select distinct student_cohorts.student_cohort_key, staff_cohorts.staff_key
    from student_cohorts
    join staff_cohorts
        on staff_cohorts.cohort_key = student_cohorts.cohort_key
        and coalesce(staff_cohorts.begin_date <= student_cohorts.end_date, true)
        and coalesce(staff_cohorts.end_date >= student_cohorts.begin_date, true)
    where staff_cohorts.staff_key is not null
),

staff_lists as (
    select
        student_staff.student_cohort_key,
        array_agg(student_staff.staff_key order by student_staff.staff_key) as staff_keys,
        array_agg(staff.display_name ignore nulls order by staff.display_name) as staff_names
    from student_staff
    left join staff on staff.staff_key = student_staff.staff_key
    group by student_staff.student_cohort_key
),

final as (
    select
        student_cohorts.student_cohort_key,
        student_cohorts.cohort_key,
        student_cohorts.student_key,
        student_cohorts.student_xyear_key,
        cohorts.school_key,
        student_cohorts.source_id,
        student_cohorts.school_year,
        student_cohorts.student_unique_id,
        student_cohorts.cohort_identifier,
        student_cohorts.begin_date,
        student_cohorts.end_date,
        coalesce(
            school_years.is_current
            and coalesce(student_cohorts.begin_date <= school_years.as_of_date, true)
            and coalesce(student_cohorts.end_date >= school_years.as_of_date, true),
            false
        ) as is_active,
        coalesce(staff_lists.staff_keys, cast([] as array<string>)) as staff_keys,
        coalesce(staff_lists.staff_names, cast([] as array<string>)) as staff_names,
        student_cohorts.last_modified_at
    from student_cohorts
    left join cohorts on cohorts.cohort_key = student_cohorts.cohort_key
    left join school_years
        on school_years.source_id = student_cohorts.source_id
        and school_years.school_year = student_cohorts.school_year
    left join staff_lists on staff_lists.student_cohort_key = student_cohorts.student_cohort_key
)

select * from final
