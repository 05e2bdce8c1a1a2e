/* model
description: >-
  One row per student, school and instructional day of membership: present unless an event says otherwise. The current
  year goes
  as far as attendance has been submitted by the school, never past as_of_date.
materialize: table
key: [student_key, school_key, date]
partition: school_year range 2000 2050
cluster: [school_key, student_key, date]
columns:
  student_key: {type: STRING, description: Student of that year.}
  school_key: {type: STRING, description: School of that year.}
  date: {type: DATE, description: Instructional day.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  enrollment_key: {type: STRING, description: Enrollment that makes it a day of membership.}
  grade_level: {type: STRING, description: Grade level of that enrollment.}
  attendance_category:
    type: STRING
    description: >-
      Category of the worst event of the day; In Attendance when there is none; Not Reported when there is none and the
      school
      submits presence too.
  absent_portion:
    type: NUMERIC
    description: Part of the day missed, 0 to 1; NULL when the category is not mapped or nothing was reported.
  present_portion: {type: NUMERIC, description: The rest of the day.}
  excused_portion: {type: NUMERIC, description: Part of the day missed and excused.}
  is_absent: {type: BOOL, description: At least half of the day was missed; NULL when that is not known.}
  is_excused_absence: {type: BOOL, description: Absent and excused; NULL when that is not known.}
  is_unexcused_absence: {type: BOOL, description: Absent and not excused; NULL when that is not known.}
  is_tardy: {type: BOOL, description: "Came late, and was not absent; NULL when that is not known."}
  is_suspended: {type: BOOL, description: Suspended in or out of school; NULL when that is not known.}
  is_inferred: {type: BOOL, description: No event was submitted for the day.}
  days_enrolled_to_date:
    type: NUMERIC
    description: Days of membership in the school so far this year whose attendance is known.
  days_absent_to_date: {type: NUMERIC, description: Days missed in the school so far this year.}
  attendance_rate_to_date: {type: FLOAT64, description: "Rate for display; rules compare days, not this."}
  is_chronically_absent_to_date:
    type: BOOL
    description: Missed at least ref.parameters.chronic_rate of at least chronic_min_days days.
  is_on_the_verge:
    type: BOOL
    description: Not chronically absent, but less than ref.parameters.verge_margin away from it.
  consecutive_days_absent: {type: INT64, description: Length of the run of absences that lasts on this day.}
  absences_last_20_days: {type: NUMERIC, description: Days missed of the last 20 days of membership in the school.}
  last_modified_at: {type: TIMESTAMP, description: When enrollment or event was last changed.}
tests:
  - not_null: [source_id, school_year, is_inferred, days_enrolled_to_date, days_absent_to_date]
  - range: {column: absent_portion, min: 0, max: 1}
  - range: {column: present_portion, min: 0, max: 1}
  - expression:
      name: portions_make_a_day
      sql: absent_portion is null or absent_portion + present_portion = numeric '1'
  - expression: {name: absent_within_enrolled, sql: days_absent_to_date <= days_enrolled_to_date}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - relationship: {column: enrollment_key, to: marts.fct_student_school, min_match: 1}
*/
with enrollments as (
    select * from marts.fct_student_school
),

calendar_dates as (
    select * from marts.dim_calendar_date
),

events as (
    select * from marts.fct_student_attendance_event
),

taken_events as (
    select * from staging.stg_edfi__section_attendance_taken_events
),

student_sections as (
    select * from marts.fct_student_section
),

sections as (
    select * from marts.dim_section
),

school_years as (
    select * from marts.dim_school_year
),

attendance_source as (
    select * from ref.attendance_source
),

parameters as (
    select * from ref.parameters
),

-- One row per school and year: its rules, and how far its attendance is known.
schools as (
    select distinct source_id, school_year, school_id, school_key
    from enrollments
    where school_key is not null
),

source_parameters as (
    select
        sources.source_id,
        parameters.as_of_date,
        parameters.chronic_rate,
        parameters.chronic_min_days,
        parameters.verge_margin
    from (select distinct source_id from schools) as sources
    inner join parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by parameters.source_id = '*') = 1
),

school_rules as (
    select
        schools.school_key,
        attendance_source.attendance_rule,
        attendance_source.is_positive
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

submissions as (
    select school_key, event_date as date from events
    union all
    select school_key, date from taken_events
),

last_submissions as (
    select school_key, max(date) as date
    from submissions
    group by school_key
),

school_settings as (
    select
        schools.school_key,
        coalesce(school_rules.attendance_rule, 'school') as attendance_rule,
        coalesce(school_rules.is_positive, false) as is_positive,
        -- In the current year a day is known once attendance was submitted for it; nothing submitted, nothing known.
        case
            when school_years.is_current then least(source_parameters.as_of_date, last_submissions.date)
            else source_parameters.as_of_date
        end as known_until,
        source_parameters.chronic_rate,
        source_parameters.chronic_min_days,
        source_parameters.verge_margin
    from schools
    inner join source_parameters on schools.source_id = source_parameters.source_id
    left join school_years
        on schools.source_id = school_years.source_id
        and schools.school_year = school_years.school_year
    left join school_rules on schools.school_key = school_rules.school_key
    left join last_submissions on schools.school_key = last_submissions.school_key
),

-- Overlapping enrollments in one school give one row a day: that of the primary one.
membership_days as (
    select
        enrollments.student_key,
        enrollments.school_key,
        calendar_dates.date,
        enrollments.source_id,
        enrollments.school_year,
        enrollments.enrollment_key,
        enrollments.grade_level,
        enrollments.last_modified_at,
        school_settings.is_positive,
        school_settings.chronic_rate,
        school_settings.chronic_min_days,
        school_settings.verge_margin
    from enrollments
    inner join school_settings on enrollments.school_key = school_settings.school_key
    inner join calendar_dates
        on enrollments.calendar_key = calendar_dates.calendar_key
        and calendar_dates.date >= enrollments.entry_date
        and calendar_dates.date <= least(
            coalesce(enrollments.last_membership_date, school_settings.known_until),
            school_settings.known_until
        )
    where enrollments.is_valid
        and enrollments.student_key is not null
        and calendar_dates.is_instructional_day
    qualify row_number() over (
        partition by enrollments.student_key, enrollments.school_key, calendar_dates.date
        order by enrollments.is_primary_school desc, enrollments.entry_date desc, enrollments.enrollment_key
    ) = 1
),

-- Which events make the day is a rule of the school.
homeroom_sections as (
    select student_key, section_key from student_sections where is_homeroom
    union distinct
    select student_sections.student_key, student_sections.section_key
    from student_sections
    inner join sections on student_sections.section_key = sections.section_key
    where sections.is_homeroom
),

ruled_events as (
    select
        events.student_key,
        events.school_key,
        events.event_date as date,
        events.attendance_event_key,
        events.event_scope,
        events.section_key,
        events.attendance_category,
        events.severity_order,
        events.absent_portion,
        events.is_excused,
        events.is_tardy,
        events.is_suspension,
        events.last_modified_at,
        school_settings.attendance_rule
    from events
    inner join school_settings on events.school_key = school_settings.school_key
    left join homeroom_sections
        on events.student_key = homeroom_sections.student_key
        and events.section_key = homeroom_sections.section_key
    where (school_settings.attendance_rule = 'school' and events.event_scope = 'school')
        or (school_settings.attendance_rule in ('section_any', 'section_half_day') and events.event_scope = 'section')
        or (
            school_settings.attendance_rule = 'section_homeroom'
            and events.event_scope = 'section'
            and homeroom_sections.section_key is not null
        )
),

-- For section_half_day: how many of the student's classes of that day were missed.
section_days as (
    select distinct student_key, school_key, date
    from ruled_events
    where attendance_rule = 'section_half_day'
),

classes_of_day as (
    select
        section_days.student_key,
        section_days.school_key,
        section_days.date,
        count(distinct student_sections.section_key) as class_count
    from section_days
    inner join student_sections
        on section_days.student_key = student_sections.student_key
        and section_days.school_key = student_sections.school_key
        and student_sections.begin_date <= section_days.date
        and coalesce(student_sections.end_date, date '9999-12-31') >= section_days.date
    group by section_days.student_key, section_days.school_key, section_days.date
),

worst_of_class as (
    select student_key, school_key, date, section_key, max(absent_portion) as absent_portion
    from ruled_events
    where attendance_rule = 'section_half_day'
    group by student_key, school_key, date, section_key
),

missed_classes as (
    select
        worst_of_class.student_key,
        worst_of_class.school_key,
        worst_of_class.date,
        sum(worst_of_class.absent_portion) as missed_count,
        greatest(coalesce(max(classes_of_day.class_count), 0), count(*)) as class_count
    from worst_of_class
    left join classes_of_day
        on worst_of_class.student_key = classes_of_day.student_key
        and worst_of_class.school_key = classes_of_day.school_key
        and worst_of_class.date = classes_of_day.date
    group by worst_of_class.student_key, worst_of_class.school_key, worst_of_class.date
),

-- The worst event of a day stands for it, whatever else was reported.
worst_events as (
    select *
    from ruled_events
    where true
    qualify row_number() over (
        partition by student_key, school_key, date
        order by
            severity_order is null,
            severity_order desc,
            absent_portion desc,
            attendance_category,
            attendance_event_key
    ) = 1
),

event_flags as (
    select
        student_key,
        school_key,
        date,
        logical_or(is_tardy) as is_tardy,
        logical_or(is_suspension) as is_suspension,
        max(last_modified_at) as last_modified_at
    from ruled_events
    group by student_key, school_key, date
),

event_days as (
    select
        worst_events.student_key,
        worst_events.school_key,
        worst_events.date,
        worst_events.attendance_category,
        case
            when worst_events.attendance_rule != 'section_half_day' then worst_events.absent_portion
            when missed_classes.missed_count is null then null
            when missed_classes.missed_count >= missed_classes.class_count then numeric '1'
            when missed_classes.missed_count * 2 >= missed_classes.class_count then numeric '0.5'
            else numeric '0'
        end as absent_portion,
        worst_events.is_excused,
        event_flags.is_tardy,
        event_flags.is_suspension,
        event_flags.last_modified_at
    from worst_events
    inner join event_flags
        on worst_events.student_key = event_flags.student_key
        and worst_events.school_key = event_flags.school_key
        and worst_events.date = event_flags.date
    left join missed_classes
        on worst_events.student_key = missed_classes.student_key
        and worst_events.school_key = missed_classes.school_key
        and worst_events.date = missed_classes.date
),

days as (
    select
        membership_days.*,
        event_days.date is null as is_inferred,
        case
            when event_days.date is not null then event_days.attendance_category
            when membership_days.is_positive then 'Not Reported'
            else 'In Attendance'
        end as attendance_category,
        case
            when event_days.date is not null then event_days.absent_portion
            when membership_days.is_positive then null
            else numeric '0'
        end as absent_portion,
        coalesce(event_days.is_excused, false) as is_excused,
        coalesce(event_days.is_tardy, false) as has_tardy_event,
        coalesce(event_days.is_suspension, false) as has_suspension,
        event_days.last_modified_at as event_modified_at
    from membership_days
    left join event_days
        on membership_days.student_key = event_days.student_key
        and membership_days.school_key = event_days.school_key
        and membership_days.date = event_days.date
),

counted as (
    select
        *,
        absent_portion >= numeric '0.5' as is_absent,
        cast(countif(absent_portion is not null) over to_date as numeric) as days_enrolled_to_date,
        coalesce(sum(absent_portion) over to_date, numeric '0') as days_absent_to_date,
        coalesce(sum(absent_portion) over last_20_days, numeric '0') as absences_last_20_days,
        -- Grows on each day at school, so that the days of one run of absences share a number.
        countif(absent_portion < numeric '0.5') over to_date as days_present_so_far
    from days
    window
        to_date as (
            partition by student_key, school_key
            order by date
            rows between unbounded preceding and current row
        ),
        last_20_days as (
            partition by student_key, school_key
            order by date
            rows between 19 preceding and current row
        )
),

judged as (
    select
        *,
        days_absent_to_date >= days_enrolled_to_date * chronic_rate
        and days_enrolled_to_date >= chronic_min_days
        and days_enrolled_to_date > 0 as is_chronically_absent_to_date,
        days_absent_to_date > days_enrolled_to_date * (chronic_rate - verge_margin)
        and days_enrolled_to_date >= chronic_min_days as is_near_chronic,
        countif(is_absent) over (
            partition by student_key, school_key, days_present_so_far
            order by date
            rows between unbounded preceding and current row
        ) as absences_in_run
    from counted
),

final as (
    select
        student_key,
        school_key,
        date,
        source_id,
        school_year,
        enrollment_key,
        grade_level,
        attendance_category,
        absent_portion,
        numeric '1' - absent_portion as present_portion,
        if(is_excused, absent_portion, absent_portion * numeric '0') as excused_portion,
        is_absent,
        if(is_absent is null, null, is_absent and is_excused) as is_excused_absence,
        if(is_absent is null, null, is_absent and not is_excused) as is_unexcused_absence,
        if(is_absent is null, null, has_tardy_event and not is_absent) as is_tardy,
        if(is_absent is null, null, has_suspension) as is_suspended,
        is_inferred,
        days_enrolled_to_date,
        days_absent_to_date,
        safe_divide(
            cast(days_enrolled_to_date - days_absent_to_date as float64),
            cast(days_enrolled_to_date as float64)
        ) as attendance_rate_to_date,
        is_chronically_absent_to_date,
        is_near_chronic and not is_chronically_absent_to_date as is_on_the_verge,
        if(coalesce(is_absent, false), absences_in_run, 0) as consecutive_days_absent,
        absences_last_20_days,
        greatest(last_modified_at, coalesce(event_modified_at, last_modified_at)) as last_modified_at
    from judged
)

select * from final
