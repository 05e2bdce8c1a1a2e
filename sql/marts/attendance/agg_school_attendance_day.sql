/* model
description: One row per school, instructional day and grade level; how many students were there.
materialize: table
key: [school_key, date, grade_level]
partition: school_year range 2000 2050
cluster: [school_key, date]
columns:
  school_key: {type: STRING, description: School of that year.}
  date: {type: DATE, description: Instructional day.}
  grade_level: {type: STRING, description: Grade level of the enrollment; Unknown where none is reported.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  members: {type: NUMERIC, description: Students in membership.}
  present: {type: NUMERIC, description: "Students present, parts of days as parts."}
  absent: {type: NUMERIC, description: "Students absent, parts of days as parts."}
  excused: {type: NUMERIC, description: "Of these excused, parts of days as parts."}
  tardy: {type: NUMERIC, description: Students who came late.}
  unknown: {type: NUMERIC, description: Students of whom nothing is known that day; in no rate.}
  attendance_rate: {type: FLOAT64, description: Present of those whose attendance is known; for display.}
  is_submitted:
    type: BOOL
    description: >-
      The school submitted attendance of that day, of any grade: an event, or that a section's was taken. Without it
      nobody absent may mean that nobody looked.
  last_modified_at: {type: TIMESTAMP, description: When enrollment or event was last changed.}
tests:
  - not_null: [source_id, school_year, members, present, absent, is_submitted]
  - range: {column: attendance_rate, min: 0, max: 1}
  - expression: {name: all_are_counted, sql: members = present + absent + unknown}
*/
with attendance as (
    select *, coalesce(grade_level, 'Unknown') as counted_grade_level
    from marts.fct_student_school_attendance
),

events as (
    select * from marts.fct_student_attendance_event
),

taken_events as (
    select * from staging.stg_edfi__section_attendance_taken_events
),

submissions as (
    select school_key, event_date as date from events
    union distinct
    select school_key, date from taken_events
),

counted as (
    select
        school_key,
        date,
        counted_grade_level as grade_level,
        min(source_id) as source_id,
        min(school_year) as school_year,
        cast(count(*) as numeric) as members,
        coalesce(sum(present_portion), numeric '0') as present,
        coalesce(sum(absent_portion), numeric '0') as absent,
        coalesce(sum(excused_portion), numeric '0') as excused,
        cast(countif(is_tardy) as numeric) as tardy,
        cast(countif(absent_portion is null) as numeric) as unknown,
        max(last_modified_at) as last_modified_at
    from attendance
    group by school_key, date, counted_grade_level
),

final as (
    select
        counted.school_key,
        counted.date,
        counted.grade_level,
        counted.source_id,
        counted.school_year,
        counted.members,
        counted.present,
        counted.absent,
        counted.excused,
        counted.tardy,
        counted.unknown,
        safe_divide(cast(counted.present as float64), cast(counted.members - counted.unknown as float64))
            as attendance_rate,
        submissions.date is not null as is_submitted,
        counted.last_modified_at
    from counted
    left join submissions
        on counted.school_key = submissions.school_key
        and counted.date = submissions.date
)

select * from final
