/* model
description: >-
  One row per student and assignment that Ed-Fi knows: what was handed in, and how it was marked. Columns are named as
  in fct_lms_submission, which has what Canvas itself says.
materialize: table
key: [assignment_submission_key]
cluster: [source_id, school_year, student_key]
columns:
  assignment_submission_key:
    type: STRING
    description: "Key of the row: that of the LMSX submission or of the student's gradebook entry."
  assignment_key: {type: STRING, description: Key of the assignment.}
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student through the years.}
  section_key: {type: STRING, description: Key of the assignment's section.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  origin: {type: STRING, description: lmsx or gradebook.}
  submitted_on: {type: DATE, description: Day on which it was handed in.}
  submitted_at: {type: TIMESTAMP, description: When it was handed in; NULL where only the day is told.}
  score: {type: NUMERIC, description: Points.}
  points_possible: {type: NUMERIC, description: Points that can be had.}
  score_percent: {type: NUMERIC, description: Points in percent of those that can be had.}
  grade: {type: STRING, description: Grade as it is shown.}
  is_late: {type: BOOL, description: Whether it came late.}
  is_missing: {type: BOOL, description: Whether it is missing.}
  submission_status:
    type: STRING
    description: "Upcoming, Submitted on time, Late, Missing, Graded; another code as the source tells it."
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [source_id, school_year, origin]
  - relationship: {column: assignment_key, to: marts.dim_assignment, min_match: 0.99, severity: warn}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
with assignments as (
    select assignment_key, section_key, points_possible from marts.dim_assignment
),

lmsx as (
    select *
    from staging.stg_edfi__lmsx_assignment_submissions
    where lmsx_assignment_submission_key is not null
    qualify row_number() over (
        partition by lmsx_assignment_submission_key order by last_modified_at desc, api_id
    ) = 1
),

entries as (
    select *
    from staging.stg_edfi__student_gradebook_entries
    where student_gradebook_entry_key is not null
    qualify row_number() over (partition by student_gradebook_entry_key order by last_modified_at desc, api_id) = 1
),

zones as (
    select sources.source_id, parameters.timezone
    from (
        select source_id from lmsx
        union distinct
        select source_id from entries
    ) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

together as (
    select
        lmsx.lmsx_assignment_submission_key as assignment_submission_key,
        lmsx.lmsx_assignment_key as assignment_key,
        lmsx.student_key,
        lmsx.student_xyear_key,
        lmsx.source_id,
        lmsx.school_year,
        'lmsx' as origin,
        date(lmsx.submission_date_time, zones.timezone) as submitted_on,
        lmsx.submission_date_time as submitted_at,
        cast(lmsx.earned_points as numeric) as score,
        lmsx.grade,
        lmsx.submission_status as status,
        cast(null as string) as late_status,
        lmsx.last_modified_at
    from lmsx
    left join zones on zones.source_id = lmsx.source_id
    union all
    select
        entries.student_gradebook_entry_key,
        entries.gradebook_entry_key,
        entries.student_key,
        entries.student_xyear_key,
        entries.source_id,
        entries.school_year,
        'gradebook',
        entries.date_fulfilled,
        timestamp(
            datetime(entries.date_fulfilled, safe_cast(substr(entries.time_fulfilled, 1, 8) as time)), zones.timezone
        ),
        entries.points_earned,
        coalesce(entries.letter_grade_earned, cast(entries.numeric_grade_earned as string)),
        entries.submission_status,
        entries.assignment_late_status,
        entries.last_modified_at
    from entries
    left join zones on zones.source_id = entries.source_id
),

final as (
    select
        together.assignment_submission_key,
        together.assignment_key,
        together.student_key,
        together.student_xyear_key,
        assignments.section_key,
        together.source_id,
        together.school_year,
        together.origin,
        together.submitted_on,
        together.submitted_at,
        together.score,
        assignments.points_possible,
        if(
            assignments.points_possible > 0,
            round(safe_multiply(safe_divide(together.score, assignments.points_possible), 100), 2),
            null
        ) as score_percent,
        together.grade,
        coalesce(lower(together.status) = 'late' or lower(together.late_status) = 'late', false) as is_late,
        coalesce(lower(together.status) = 'missing', false) as is_missing,
        case lower(together.status)
            when 'late' then 'Late'
            when 'missing' then 'Missing'
            when 'graded' then 'Graded'
            when 'upcoming' then 'Upcoming'
            when 'on-time' then 'Submitted on time'
            else together.status
        end as submission_status,
        together.last_modified_at
    from together
    left join assignments on assignments.assignment_key = together.assignment_key
)

select * from final
