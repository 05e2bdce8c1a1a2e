/* model
description: >-
  One row per attendance event and test of these that it fails, for the clerk of the school.
materialize: table
key: [test_id, entity_key]
cluster: [source_id, school_key, test_id]
columns:
  test_id: {type: STRING, description: What was tested.}
  severity: {type: STRING, description: "error (figures are wrong), warn (figures may be wrong) or info."}
  model: {type: STRING, description: The model that holds the entity.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the entity.}
  school_key: {type: STRING, description: School that can mend it; NULL where none is known.}
  entity_key: {type: STRING, description: Key of the entity in its model.}
  entity_label: {type: STRING, description: What a clerk looks for in the student information system.}
  detail: {type: STRING, description: What is wrong.}
  first_seen_at:
    type: TIMESTAMP
    description: When the record behind it was last changed; findings keep no history of their own.
tests:
  - not_null: [severity, model, source_id, school_year, entity_label, detail]
  - accepted_values: {column: severity, values: [error, warn, info]}
  - volume: {min_share: 0}
*/
with events as (
    select * from marts.fct_student_attendance_event
),

students as (
    select * from marts.dim_student
),

calendar_dates as (
    select * from marts.dim_calendar_date where is_instructional_day
),

schools_with_calendar as (
    select distinct school_key from calendar_dates
),

tested as (
    select
        events.*,
        students.student_key is not null as has_student,
        schools_with_calendar.school_key is not null as has_calendar
    from events
    left join students on events.student_key = students.student_key
    left join schools_with_calendar on events.school_key = schools_with_calendar.school_key
),

findings as (
    select
        tested.*,
        'attendance_unknown_student' as test_id,
        'error' as severity,
        'The student is not known in this year' as detail
    from tested
    where not has_student
    union all
    select
        tested.*,
        'attendance_outside_enrollment' as test_id,
        'warn' as severity,
        'The student is not enrolled in the school on that day' as detail
    from tested
    where has_student
        and not is_in_enrollment
    union all
    select
        tested.*,
        'attendance_outside_calendar' as test_id,
        'warn' as severity,
        'The day is not an instructional day' as detail
    from tested
    -- Where there is no calendar, that is the finding, and it is one of enrollments.
    where has_calendar
        and not is_in_calendar
),

final as (
    select
        test_id,
        severity,
        'marts.fct_student_attendance_event' as model,
        source_id,
        school_year,
        school_key,
        attendance_event_key as entity_key,
        concat(
            coalesce(attendance_category, 'Attendance'),
            ' of student ', coalesce(student_unique_id, 'unknown'),
            ' in school ', coalesce(cast(school_id as string), 'unknown'),
            ' on ', coalesce(cast(event_date as string), 'an unknown day')
        ) as entity_label,
        detail,
        last_modified_at as first_seen_at
    from findings
)

select * from final
