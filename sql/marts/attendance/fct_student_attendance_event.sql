/* model
description: >-
  One row per attendance event that a school reported: student, school, session, date and category, and the section for
  events
  of a section. Events outside the calendar or outside an enrollment are kept and flagged.
materialize: table
key: [attendance_event_key]
partition: school_year range 2000 2050
cluster: [school_key, student_key, event_date]
columns:
  attendance_event_key: {type: STRING, description: "Key of the row: the event's natural key in Ed-Fi and event_scope."}
  source_id: {type: STRING, description: The configured source the event came from.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  student_key: {type: STRING, description: Student of that year.}
  school_key: {type: STRING, description: School of that year.}
  session_key: {type: STRING, description: Session the event was reported in.}
  section_key: {type: STRING, description: Section of an event of scope section.}
  enrollment_key: {type: STRING, description: Enrollment that covers the day; NULL when none does.}
  event_scope: {type: STRING, description: "school: attendance of the day; section: attendance of one class."}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  school_id: {type: INT64, description: The school's id in Ed-Fi.}
  section_identifier: {type: STRING, description: The section's id in Ed-Fi.}
  event_date: {type: DATE, description: Day of the event.}
  attendance_category: {type: STRING, description: Category as reported.}
  attendance_category_namespace: {type: STRING, description: "Namespace of the category, which says whose code it is."}
  attendance_reason: {type: STRING, description: Reason as reported.}
  attendance_group:
    type: STRING
    description: What the category says of the day, by ref.attendance_codes; NULL when it is not mapped.
  severity_order: {type: INT64, description: The worst event of a day is the one with the highest number.}
  absent_portion:
    type: NUMERIC
    description: >-
      Part of the day (or class) that was missed, 0 to 1, by ref.attendance_codes; NULL when the category is not mapped.
  is_absent: {type: BOOL, description: At least half was missed; NULL when the category is not mapped.}
  is_excused: {type: BOOL, description: The absence is excused; NULL when that does not arise or is not mapped.}
  is_tardy: {type: BOOL, description: Came late; NULL when the category is not mapped.}
  is_suspension: {type: BOOL, description: Absent by suspension; NULL when the category is not mapped.}
  event_duration_days: {type: NUMERIC, description: Length in days as reported.}
  event_duration_minutes: {type: INT64, description: Length in minutes as reported.}
  arrival_time: {type: TIME, description: When the student came.}
  departure_time: {type: TIME, description: When the student left.}
  is_in_calendar:
    type: BOOL
    description: An instructional day in the calendar of the enrollment (without one, in any calendar of the school).
  is_in_enrollment: {type: BOOL, description: The student was enrolled in the school on that day.}
  last_modified_at: {type: TIMESTAMP, description: When the event was last changed.}
tests:
  - not_null: [source_id, school_year, event_scope]
  - accepted_values: {column: event_scope, values: [school, section]}
  - range: {column: absent_portion, min: 0, max: 1}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - relationship: {column: section_key, to: marts.dim_section, min_match: 0.99, severity: warn}
  - expression: {name: category_is_mapped, sql: absent_portion is not null, severity: warn}
  - expression: {name: is_in_enrollment, sql: is_in_enrollment, severity: warn}
  - expression: {name: is_in_calendar, sql: is_in_calendar, severity: warn}
*/
with school_events as (
    select * from staging.stg_edfi__student_school_attendance_events
),

section_events as (
    select * from staging.stg_edfi__student_section_attendance_events
),

attendance_codes as (
    select * from ref.attendance_codes
),

enrollments as (
    select * from marts.fct_student_school
),

instructional_days as (
    select * from marts.dim_calendar_date where is_instructional_day
),

reported as (
    select
        source_id,
        school_year,
        reported_school_year,
        api_id,
        student_school_attendance_event_key as natural_key,
        student_key,
        school_key,
        session_key,
        cast(null as string) as section_key,
        'school' as event_scope,
        student_unique_id,
        school_id,
        cast(null as string) as section_identifier,
        event_date,
        attendance_event_category,
        attendance_event_category_namespace,
        attendance_event_reason,
        event_duration,
        school_attendance_duration as duration_minutes,
        arrival_time,
        departure_time,
        last_modified_at
    from school_events
    union all
    select
        source_id,
        school_year,
        reported_school_year,
        api_id,
        student_section_attendance_event_key as natural_key,
        student_key,
        school_key,
        session_key,
        section_key,
        'section' as event_scope,
        student_unique_id,
        school_id,
        section_identifier,
        event_date,
        attendance_event_category,
        attendance_event_category_namespace,
        attendance_event_reason,
        event_duration,
        section_attendance_duration as duration_minutes,
        arrival_time,
        departure_time,
        last_modified_at
    from section_events
),

reported_years as (
    select distinct source_id, school_year
    from reported
    where reported_school_year = school_year
),

-- The ODS of a year is often a copy of the last one: an event of an earlier year is that year's, or the newest copy's.
own_reported as (
    select reported.*
    from reported
    left join reported_years
        on reported.source_id = reported_years.source_id
        and reported.reported_school_year = reported_years.school_year
        and reported.school_year not in (0, reported.reported_school_year)
    where reported_years.school_year is null
    qualify reported.school_year in (0, coalesce(reported.reported_school_year, reported.school_year))
        or row_number() over (
            partition by reported.source_id, reported.reported_school_year, reported.event_scope, reported.api_id
            order by reported.school_year desc
        ) = 1
),

keyed as (
    select
        own_reported.*,
        to_hex(md5(concat(
            event_scope,
            '\u001f',
            coalesce(natural_key, concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id))
        ))) as attendance_event_key
    from own_reported
),

-- To the API one code of two namespaces is two events, and so is one day written in two ways.
events as (
    select *
    from keyed
    where true
    qualify row_number() over (partition by attendance_event_key order by last_modified_at desc, api_id) = 1
),

-- The map is matched once for each category in use, not for each event.
categories as (
    select distinct source_id, attendance_event_category, attendance_event_category_namespace
    from events
),

mapped_categories as (
    select
        categories.source_id,
        categories.attendance_event_category,
        categories.attendance_event_category_namespace,
        attendance_codes.absent_portion,
        attendance_codes.is_partial,
        attendance_codes.is_excused,
        attendance_codes.is_tardy,
        attendance_codes.is_suspension,
        attendance_codes.attendance_group,
        attendance_codes.severity_order
    from categories
    inner join attendance_codes
        on lower(trim(categories.attendance_event_category)) = lower(trim(attendance_codes.code))
        and attendance_codes.source_id in (categories.source_id, '*')
        and (
            attendance_codes.namespace = '*'
            or attendance_codes.namespace = categories.attendance_event_category_namespace
        )
    where true
    qualify row_number() over (
        partition by
            categories.source_id,
            categories.attendance_event_category,
            categories.attendance_event_category_namespace
        order by attendance_codes.source_id = '*', attendance_codes.namespace = '*'
    ) = 1
),

-- Overlapping enrollments in one school: the event belongs to the primary one, and stays one row.
covering_enrollments as (
    select
        events.attendance_event_key,
        enrollments.enrollment_key,
        enrollments.calendar_key
    from events
    inner join enrollments
        on events.student_key = enrollments.student_key
        and events.school_key = enrollments.school_key
        and events.event_date >= enrollments.entry_date
        and events.event_date <= coalesce(enrollments.last_membership_date, date '9999-12-31')
    where enrollments.is_valid
    qualify row_number() over (
        partition by events.attendance_event_key
        order by enrollments.is_primary_school desc, enrollments.entry_date desc, enrollments.enrollment_key
    ) = 1
),

calendar_days as (
    select distinct calendar_key, date from instructional_days
),

school_days as (
    select distinct school_key, date from instructional_days
),

portioned as (
    select
        events.*,
        covering_enrollments.enrollment_key,
        case
            when mapped_categories.is_partial and events.event_duration is not null
                then least(greatest(events.event_duration, numeric '0'), numeric '1')
            else mapped_categories.absent_portion
        end as absent_portion,
        mapped_categories.is_excused,
        mapped_categories.is_tardy,
        mapped_categories.is_suspension,
        mapped_categories.attendance_group,
        mapped_categories.severity_order,
        case
            when covering_enrollments.calendar_key is null then school_days.date is not null
            else calendar_days.date is not null
        end as is_in_calendar
    from events
    left join mapped_categories
        on events.source_id = mapped_categories.source_id
        and events.attendance_event_category = mapped_categories.attendance_event_category
        and coalesce(events.attendance_event_category_namespace, '')
        = coalesce(mapped_categories.attendance_event_category_namespace, '')
    left join covering_enrollments
        on events.attendance_event_key = covering_enrollments.attendance_event_key
    left join calendar_days
        on covering_enrollments.calendar_key = calendar_days.calendar_key
        and events.event_date = calendar_days.date
    left join school_days
        on events.school_key = school_days.school_key
        and events.event_date = school_days.date
),

final as (
    select
        attendance_event_key,
        source_id,
        school_year,
        student_key,
        school_key,
        session_key,
        section_key,
        enrollment_key,
        event_scope,
        student_unique_id,
        school_id,
        section_identifier,
        event_date,
        attendance_event_category as attendance_category,
        attendance_event_category_namespace as attendance_category_namespace,
        attendance_event_reason as attendance_reason,
        attendance_group,
        severity_order,
        absent_portion,
        absent_portion >= numeric '0.5' as is_absent,
        is_excused,
        is_tardy,
        is_suspension,
        event_duration as event_duration_days,
        duration_minutes as event_duration_minutes,
        arrival_time,
        departure_time,
        is_in_calendar,
        enrollment_key is not null as is_in_enrollment,
        last_modified_at
    from portioned
)

select * from final
