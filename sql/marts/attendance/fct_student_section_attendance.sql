/* model
description: >-
  One row per student, section and day of which attendance of the section is known: by an event of the student; where
  the source says for which days it was taken, also of those without an event. An event whose student or section is not
  known is in fct_student_attendance_event alone.
materialize: table
key: [student_key, section_key, date]
partition: school_year range 2000 2050
cluster: [school_key, section_key, date]
columns:
  student_key: {type: STRING, description: Student of that year.}
  section_key: {type: STRING, description: Section.}
  date: {type: DATE, description: Day.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_key: {type: STRING, description: School of that year.}
  session_key: {type: STRING, description: Session of the section.}
  student_section_key: {type: STRING, description: The student's time in the section; NULL if not in it on that day.}
  attendance_event_key: {type: STRING, description: The worst event of the day; NULL when there is none.}
  attendance_category:
    type: STRING
    description: >-
      Category of the worst event; In Attendance when there is none; Not Reported when there is none and the school
      submits presence too.
  attendance_reason: {type: STRING, description: Reason of that event as reported.}
  absent_portion:
    type: NUMERIC
    description: Part of the class missed, 0 to 1; NULL when the category is not mapped or nothing was reported.
  is_absent: {type: BOOL, description: At least half of the class was missed; NULL when that is not known.}
  is_excused_absence: {type: BOOL, description: Absent and excused; NULL when that is not known.}
  is_tardy: {type: BOOL, description: "Came late, and was not absent; NULL when that is not known."}
  is_attendance_taken: {type: BOOL, description: The source says that attendance of the section was taken that day.}
  is_inferred: {type: BOOL, description: No event was submitted for the student.}
  event_count: {type: INT64, description: Events of the student in the section on that day.}
  last_modified_at: {type: TIMESTAMP, description: When what the row is made of was last changed.}
tests:
  - not_null: [source_id, school_year, is_attendance_taken, is_inferred]
  - range: {column: absent_portion, min: 0, max: 1}
  - expression: {name: inferred_means_taken, sql: is_attendance_taken or not is_inferred}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: section_key, to: marts.dim_section, min_match: 0.99, severity: warn}
  - expression: {name: is_in_section, sql: student_section_key is not null, severity: warn}
*/
with events as (
    select * from marts.fct_student_attendance_event
),

taken_events as (
    select * from staging.stg_edfi__section_attendance_taken_events
),

student_sections as (
    select * from marts.fct_student_section
),

schools as (
    select * from marts.dim_school
),

attendance_source as (
    select * from ref.attendance_source
),

school_rules as (
    select schools.school_key, attendance_source.is_positive
    from schools
    inner join attendance_source
        on attendance_source.source_id in (schools.source_id, '*')
        and attendance_source.school_id in (schools.school_id, 0)
    where true
    qualify row_number() over (
        partition by schools.school_key
        order by attendance_source.source_id = '*', attendance_source.school_id = 0
    ) = 1
),

-- A section that two calendars say was taken was taken once.
taken_days as (
    select section_key, date, max(last_modified_at) as last_modified_at
    from taken_events
    where section_key is not null and date is not null
    group by section_key, date
),

event_days as (
    select
        *,
        count(*) over (partition by student_key, section_key, event_date) as event_count,
        coalesce(logical_or(is_tardy) over (partition by student_key, section_key, event_date), false)
            as has_tardy_event
    from events
    where event_scope = 'section'
        and student_key is not null
        and section_key is not null
        and event_date is not null
    qualify row_number() over (
        partition by student_key, section_key, event_date
        order by
            severity_order is null,
            severity_order desc,
            absent_portion desc,
            attendance_category,
            attendance_event_key
    ) = 1
),

-- Who left a section and came back the same day was in it once.
places as (
    select
        source_id,
        school_year,
        student_key,
        section_key,
        session_key,
        school_key,
        student_section_key,
        begin_date,
        coalesce(end_date, date '9999-12-31') as end_date,
        last_modified_at
    from student_sections
    where student_key is not null and section_key is not null
),

rosters as (
    select
        places.*,
        taken_days.date,
        greatest(places.last_modified_at, taken_days.last_modified_at) as modified_at
    from places
    inner join taken_days
        on places.section_key = taken_days.section_key
        and taken_days.date between places.begin_date and places.end_date
    where true
    qualify row_number() over (
        partition by places.student_key, places.section_key, taken_days.date
        order by places.begin_date desc, places.student_section_key
    ) = 1
),

event_places as (
    select event_days.attendance_event_key, places.student_section_key
    from event_days
    inner join places
        on event_days.student_key = places.student_key
        and event_days.section_key = places.section_key
        and event_days.event_date between places.begin_date and places.end_date
    where true
    qualify row_number() over (
        partition by event_days.attendance_event_key
        order by places.begin_date desc, places.student_section_key
    ) = 1
),

reported as (
    select
        event_days.student_key,
        event_days.section_key,
        event_days.event_date as date,
        event_days.source_id,
        event_days.school_year,
        event_days.school_key,
        event_days.session_key,
        event_places.student_section_key,
        event_days.attendance_event_key,
        event_days.attendance_category,
        event_days.attendance_reason,
        event_days.absent_portion,
        coalesce(event_days.is_excused, false) as is_excused,
        event_days.has_tardy_event,
        taken_days.date is not null as is_attendance_taken,
        false as is_inferred,
        event_days.event_count,
        event_days.last_modified_at
    from event_days
    left join event_places on event_days.attendance_event_key = event_places.attendance_event_key
    left join taken_days
        on event_days.section_key = taken_days.section_key
        and event_days.event_date = taken_days.date
),

inferred as (
    select
        rosters.student_key,
        rosters.section_key,
        rosters.date,
        rosters.source_id,
        rosters.school_year,
        rosters.school_key,
        rosters.session_key,
        rosters.student_section_key,
        cast(null as string) as attendance_event_key,
        if(coalesce(school_rules.is_positive, false), 'Not Reported', 'In Attendance') as attendance_category,
        cast(null as string) as attendance_reason,
        if(coalesce(school_rules.is_positive, false), null, numeric '0') as absent_portion,
        false as is_excused,
        false as has_tardy_event,
        true as is_attendance_taken,
        true as is_inferred,
        0 as event_count,
        rosters.modified_at as last_modified_at
    from rosters
    left join school_rules on rosters.school_key = school_rules.school_key
    left join event_days
        on rosters.student_key = event_days.student_key
        and rosters.section_key = event_days.section_key
        and rosters.date = event_days.event_date
    where event_days.attendance_event_key is null
),

days as (
    select * from reported
    union all
    select * from inferred
),

final as (
    select
        student_key,
        section_key,
        date,
        source_id,
        school_year,
        school_key,
        session_key,
        student_section_key,
        attendance_event_key,
        attendance_category,
        attendance_reason,
        absent_portion,
        absent_portion >= numeric '0.5' as is_absent,
        if(absent_portion is null, null, absent_portion >= numeric '0.5' and is_excused) as is_excused_absence,
        if(absent_portion is null, null, has_tardy_event and absent_portion < numeric '0.5') as is_tardy,
        is_attendance_taken,
        is_inferred,
        event_count,
        last_modified_at
    from days
)

select * from final
