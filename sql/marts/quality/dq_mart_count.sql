/* model
description: >-
  One row per source, endpoint and school year whose records are rows of a mart, one each: how many rows that has. What
  is live in staging is in dq_staged_count, both are in dq_record_count.
materialize: table
key: [source_id, endpoint, school_year]
columns:
  source_id: {type: STRING, description: The configured source.}
  endpoint: {type: STRING, description: The endpoint.}
  school_year: {type: INT64, description: School year (the year in which it ends) that the rows are of.}
  mart: {type: STRING, description: The mart.}
  row_count: {type: INT64, description: Its rows.}
tests:
  - not_null: [mart, row_count]
*/
with mart_rows as (
    select source_id, school_year, 'cohorts' as endpoint, 'dim_cohort' as mart
    from marts.dim_cohort
    union all
    select source_id, school_year, 'course_transcripts' as endpoint, 'fct_course_transcript' as mart
    from marts.fct_course_transcript
    union all
    select source_id, school_year, 'courses' as endpoint, 'dim_course' as mart
    from marts.dim_course
    union all
    select source_id, school_year, 'grades' as endpoint, 'fct_student_grade' as mart
    from marts.fct_student_grade
    union all
    select source_id, school_year, 'programs' as endpoint, 'dim_program' as mart
    from marts.dim_program
    union all
    select source_id, school_year, 'schools' as endpoint, 'dim_school' as mart
    from marts.dim_school
    union all
    select source_id, school_year, 'sections' as endpoint, 'dim_section' as mart
    from marts.dim_section
    union all
    select source_id, school_year, 'sessions' as endpoint, 'dim_session' as mart
    from marts.dim_session
    union all
    select source_id, school_year, 'staffs' as endpoint, 'dim_staff' as mart
    from marts.dim_staff
    union all
    select source_id, school_year, 'student_assessments' as endpoint, 'fct_student_assessment' as mart
    from marts.fct_student_assessment
    union all
    select source_id, school_year, 'student_cohort_associations' as endpoint, 'fct_student_cohort' as mart
    from marts.fct_student_cohort
    union all
    select source_id, school_year, 'student_school_associations' as endpoint, 'fct_student_school' as mart
    from marts.fct_student_school
    union all
    select
        source_id,
        school_year,
        'student_school_attendance_events' as endpoint,
        'fct_student_attendance_event' as mart
    from marts.fct_student_attendance_event
    where event_scope = 'school'
    union all
    select source_id, school_year, 'student_section_associations' as endpoint, 'fct_student_section' as mart
    from marts.fct_student_section
    union all
    select
        source_id,
        school_year,
        'student_section_attendance_events' as endpoint,
        'fct_student_attendance_event' as mart
    from marts.fct_student_attendance_event
    where event_scope = 'section'
    union all
    select source_id, school_year, 'students' as endpoint, 'dim_student' as mart
    from marts.dim_student
),

final as (
    select
        source_id,
        endpoint,
        school_year,
        mart,
        count(*) as row_count
    from mart_rows
    group by source_id, endpoint, school_year, mart
)

select * from final
