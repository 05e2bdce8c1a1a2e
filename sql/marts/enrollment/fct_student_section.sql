/* model
description: One row per student, section and day on which the student began in it. An open end is an active row.
materialize: table
key: [student_section_key]
cluster: [source_id, school_year, school_key]
columns:
  student_section_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, school_id, session_name, local_course_code,
      section_identifier, begin_date.
  student_key: {type: STRING, description: Key of the student.}
  section_key: {type: STRING, description: Key of the section.}
  staff_group_key: {type: STRING, description: Key of the section's staff in bridge_staff_group; the section's.}
  session_key: {type: STRING, description: Key of the session.}
  school_key: {type: STRING, description: Key of the school.}
  enrollment_key:
    type: STRING
    description: Key of the enrolment that covers the row; NULL if the student was not enrolled in the school.
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  student_unique_id: {type: STRING, description: The student's id.}
  begin_date: {type: DATE, description: First day in the section.}
  end_date: {type: DATE, description: Last day in the section; NULL while it is open.}
  is_homeroom: {type: BOOL, description: Whether the section is the student's homeroom.}
  is_repeat: {type: BOOL, description: Whether the student takes the course again.}
  is_active:
    type: BOOL
    description: >-
      Whether as_of_date lies in the row and in the current school year; never in what its ODS has of another year.
  is_dropped_early: {type: BOOL, description: Whether the row ends before its session does; NULL without a session.}
  attempt_status: {type: STRING, description: How the attempt ended.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [student_key, section_key, begin_date, is_active]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: section_key, to: marts.dim_section, min_match: 0.99, severity: warn}
  - expression: {name: has_an_enrollment, sql: enrollment_key is not null, severity: warn}
  - expression: {name: end_is_not_before_begin, sql: end_date is null or end_date >= begin_date, severity: warn}
*/
with rosters as (
    select * from staging.stg_edfi__student_section_associations
),

roster_years as (
    select distinct source_id, school_year
    from rosters
    where reported_school_year = school_year
),

-- The ODS of a year is often a copy of the last one: a place in an earlier year's section is that year's, or the newest
-- copy's.
own_rosters as (
    select rosters.*
    from rosters
    left join roster_years
        on rosters.source_id = roster_years.source_id
        and rosters.reported_school_year = roster_years.school_year
        and rosters.school_year not in (0, rosters.reported_school_year)
    where roster_years.school_year is null
    qualify rosters.school_year in (0, coalesce(rosters.reported_school_year, rosters.school_year))
        or row_number() over (
            partition by rosters.source_id, rosters.reported_school_year, rosters.api_id
            order by rosters.school_year desc
        ) = 1
),

student_sections as (
    select
        *,
        coalesce(school_year in (0, reported_school_year), true) as is_of_own_year
    from own_rosters
    where student_section_key is not null
    qualify row_number() over (
        partition by student_section_key
        order by if(reported_school_year = school_year, 0, 1), last_modified_at desc, api_id
    ) = 1
),

sessions as (
    select * from marts.dim_session
),

school_years as (
    select * from marts.dim_school_year
),

enrollments as (
    select * from marts.fct_student_school
),

covering_enrollments as (
    select student_sections.student_section_key, enrollments.enrollment_key
    from student_sections
    join enrollments
        on enrollments.student_key = student_sections.student_key
        and enrollments.school_key = student_sections.school_key
        and enrollments.entry_date <= coalesce(student_sections.end_date, date '9999-12-31')
        and coalesce(enrollments.exit_withdraw_date, date '9999-12-31') >= student_sections.begin_date
    where true
    qualify row_number() over (
        partition by student_sections.student_section_key
        order by
            if(enrollments.entry_date <= student_sections.begin_date, 0, 1),
            if(enrollments.is_valid, 0, 1),
            enrollments.entry_date desc,
            enrollments.enrollment_key
    ) = 1
),

final as (
    select
        student_sections.student_section_key,
        student_sections.student_key,
        student_sections.section_key,
        student_sections.section_key as staff_group_key,
        student_sections.session_key,
        student_sections.school_key,
        covering_enrollments.enrollment_key,
        student_sections.source_id,
        student_sections.school_year,
        student_sections.student_unique_id,
        student_sections.begin_date,
        student_sections.end_date,
        coalesce(student_sections.homeroom_indicator, false) as is_homeroom,
        coalesce(lower(trim(student_sections.repeat_identifier)) != 'not repeated', false) as is_repeat,
        coalesce(
            school_years.is_current
            and student_sections.is_of_own_year
            and student_sections.begin_date <= school_years.as_of_date
            and (student_sections.end_date is null or student_sections.end_date >= school_years.as_of_date),
            false
        ) as is_active,
        if(sessions.end_date is null, null, coalesce(student_sections.end_date < sessions.end_date, false))
            as is_dropped_early,
        student_sections.attempt_status,
        student_sections.last_modified_at
    from student_sections
    left join sessions on sessions.session_key = student_sections.session_key
    left join school_years
        on school_years.source_id = student_sections.source_id
        and school_years.school_year = student_sections.school_year
    left join covering_enrollments
        on covering_enrollments.student_section_key = student_sections.student_section_key
)

select * from final
