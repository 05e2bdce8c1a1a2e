/* model
description: >-
  One row per enrolment of a student in a school. Whatever is odd about an enrolment (no calendar, no show, exit before
  entry) is flagged, and the row stays.
materialize: table
key: [enrollment_key]
cluster: [source_id, school_year, school_key]
columns:
  enrollment_key:
    type: STRING
    description: "Key of the row: source_id, school_year of the ODS, student_unique_id, school_id, entry_date."
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  school_key: {type: STRING, description: Key of the school.}
  lea_key: {type: STRING, description: Key of the school's local education agency.}
  calendar_key:
    type: STRING
    description: >-
      Key of the calendar the student follows: the enrolment's own, if it has any days; else the school's only one, or
      its only one for the grade; NULL if that leaves a choice.
  graduation_plan_key: {type: STRING, description: Key of the graduation plan.}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the enrolment; that of the ODS where the enrolment or the source names none.
  student_unique_id: {type: STRING, description: The student's id.}
  school_id: {type: INT64, description: The school's id.}
  entry_date: {type: DATE, description: First day of the enrolment as reported.}
  exit_withdraw_date: {type: DATE, description: Exit as reported; NULL while the enrolment is open.}
  last_membership_date:
    type: DATE
    description: >-
      Last day that counts: the exit day or the day before, by ref.parameters; NULL while the enrolment is open.
  entry_type: {type: STRING, description: How the student came.}
  entry_group: {type: STRING, description: "How the student came, in groups of ref.entry_types."}
  exit_withdraw_type: {type: STRING, description: Why the student left.}
  exit_group: {type: STRING, description: "Why the student left, in groups of ref.exit_types; NULL if not said."}
  grade_level: {type: STRING, description: Grade level at entry.}
  grade_level_order: {type: INT64, description: Place of the grade level; kindergarten is 0.}
  is_primary_school:
    type: BOOL
    description: >-
      Whether it is the primary enrolment: as reported; where no enrolment of the student in the year is reported so,
      the one with the highest full-time equivalency, then the latest entry.
  full_time_equivalency: {type: NUMERIC, description: Share of full time as reported.}
  is_no_show:
    type: BOOL
    description: Whether the student left by the first instructional day or is reported as no show.
  is_valid:
    type: BOOL
    description: "Whether the exit is not before the entry, the student came and it is no mistake."
  is_active: {type: BOOL, description: Whether it is valid and contains as_of_date in the current school year.}
  is_first_of_year: {type: BOOL, description: Whether it is the student's first enrolment of the year in any school.}
  is_last_of_year: {type: BOOL, description: Whether it is the student's last enrolment of the year in any school.}
  days_enrolled: {type: INT64, description: Instructional days of membership so far; 0 without a calendar.}
  is_repeat_grade: {type: BOOL, description: Whether the student repeats the grade.}
  residency_status: {type: STRING, description: Whether the student lives in the area of the school or the agency.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [student_key, school_key, is_active, is_valid, days_enrolled]
  - range: {column: days_enrolled, min: 0, max: 366, severity: warn}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - no_overlap: {by: [student_key, school_key], from: entry_date, to: last_membership_date, severity: warn}
  - expression:
      name: exit_is_not_before_entry
      sql: exit_withdraw_date is null or exit_withdraw_date >= entry_date
      severity: warn
  - expression: {name: has_a_calendar, sql: calendar_key is not null, severity: warn}
*/
with enrollments as (
    select
        *,
        if(school_year = 0, 0, coalesce(reported_school_year, school_year)) as enrollment_year
    from staging.stg_edfi__student_school_associations
    where enrollment_key is not null
    qualify row_number() over (partition by enrollment_key order by last_modified_at desc, api_id) = 1
),

-- The ODS of a year is often a copy of the last one, so an enrolment may come from each: that of its own year holds.
own_enrollments as (
    select *
    from enrollments
    where true
    qualify row_number() over (
        partition by source_id, lower(trim(student_unique_id)), school_id, entry_date, enrollment_year
        order by if(school_year = enrollment_year, 0, 1), school_year desc
    ) = 1
),

schools as (
    select * from marts.dim_school
),

school_years as (
    select * from marts.dim_school_year
),

calendar_dates as (
    select * from marts.dim_calendar_date
),

calendars as (
    select *
    from staging.stg_edfi__calendars
    where calendar_key is not null
    qualify row_number() over (
        partition by calendar_key
        order by if(reported_school_year = school_year, 0, 1), last_modified_at desc, api_id
    ) = 1
),

parameters as (
    select sources.source_id, parameters.exit_date_is_membership_day
    from (select distinct source_id from own_enrollments) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

exit_types as (
    select codes.source_id, codes.namespace, codes.code, map.exit_group, map.is_no_show, map.is_invalid
    from (
        select distinct
            source_id,
            coalesce(exit_withdraw_type_namespace, '*') as namespace,
            exit_withdraw_type as code
        from own_enrollments
    ) as codes
    join ref.exit_types as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

entry_types as (
    select codes.source_id, codes.namespace, codes.code, map.entry_group
    from (
        select distinct source_id, coalesce(entry_type_namespace, '*') as namespace, entry_type as code
        from own_enrollments
    ) as codes
    join ref.entry_types as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

grade_levels as (
    select codes.source_id, codes.namespace, codes.code, map.grade_level_order
    from (
        select distinct
            source_id,
            coalesce(entry_grade_level_namespace, '*') as namespace,
            entry_grade_level as code
        from own_enrollments
    ) as codes
    join ref.grade_levels as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

instructional_calendars as (
    select
        calendar_key,
        school_key,
        any_value(calendar_type) as calendar_type,
        min(date) as first_instructional_date
    from calendar_dates
    where is_instructional_day
    group by calendar_key, school_key
),

-- A calendar made for one student, for a plan or for staff is nobody's by default.
default_calendars as (
    select *
    from instructional_calendars
    where lower(coalesce(calendar_type, '')) not in ('student specific', 'iep', 'staff')
),

calendar_grades as (
    select distinct
        calendars.calendar_key,
        lower(trim(regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'[^#]*$'))) as grade_level
    from calendars
    cross join unnest(json_query_array(calendars.grade_levels)) as item
),

graded_calendars as (
    select distinct calendar_key from calendar_grades
),

calendar_choices as (
    select
        own_enrollments.enrollment_key,
        default_calendars.calendar_key,
        calendar_grades.calendar_key is not null as is_for_grade,
        graded_calendars.calendar_key is null as is_for_all
    from own_enrollments
    join default_calendars on default_calendars.school_key = own_enrollments.school_key
    left join calendar_grades
        on calendar_grades.calendar_key = default_calendars.calendar_key
        and calendar_grades.grade_level = lower(trim(own_enrollments.entry_grade_level))
    left join graded_calendars on graded_calendars.calendar_key = default_calendars.calendar_key
    left join instructional_calendars on instructional_calendars.calendar_key = own_enrollments.calendar_key
    where instructional_calendars.calendar_key is null
),

chosen_calendars as (
    select
        enrollment_key,
        case
            when count(*) = 1 then min(calendar_key)
            when countif(is_for_grade) = 1 then min(if(is_for_grade, calendar_key, null))
            when countif(is_for_grade) = 0 and countif(is_for_all) = 1 then min(if(is_for_all, calendar_key, null))
        end as calendar_key
    from calendar_choices
    group by enrollment_key
),

followed_calendars as (
    select
        own_enrollments.enrollment_key,
        coalesce(chosen_calendars.calendar_key, own_enrollments.calendar_key) as calendar_key
    from own_enrollments
    left join chosen_calendars on chosen_calendars.enrollment_key = own_enrollments.enrollment_key
),

described as (
    select
        own_enrollments.*,
        followed_calendars.calendar_key as followed_calendar_key,
        schools.lea_key,
        school_years.as_of_date,
        coalesce(school_years.is_current, false) as is_current_year,
        coalesce(instructional_calendars.first_instructional_date, school_years.first_instructional_date)
            as first_instructional_date,
        if(
            parameters.exit_date_is_membership_day,
            own_enrollments.exit_withdraw_date,
            -- Some systems send the first of all days for a date they do not have, and there is none before it.
            date_sub(greatest(own_enrollments.exit_withdraw_date, date '0001-01-02'), interval 1 day)
        ) as last_membership_date,
        entry_types.entry_group,
        if(own_enrollments.exit_withdraw_type is null, null, coalesce(exit_types.exit_group, 'Other')) as exit_group,
        coalesce(exit_types.is_no_show, false) as is_reported_no_show,
        coalesce(exit_types.is_invalid, false) as is_mistake,
        grade_levels.grade_level_order
    from own_enrollments
    join followed_calendars on followed_calendars.enrollment_key = own_enrollments.enrollment_key
    left join instructional_calendars on instructional_calendars.calendar_key = followed_calendars.calendar_key
    left join schools on schools.school_key = own_enrollments.school_key
    left join school_years
        on school_years.source_id = own_enrollments.source_id
        and school_years.school_year = own_enrollments.enrollment_year
    left join parameters on parameters.source_id = own_enrollments.source_id
    left join entry_types
        on entry_types.source_id = own_enrollments.source_id
        and entry_types.namespace = coalesce(own_enrollments.entry_type_namespace, '*')
        and entry_types.code = own_enrollments.entry_type
    left join exit_types
        on exit_types.source_id = own_enrollments.source_id
        and exit_types.namespace = coalesce(own_enrollments.exit_withdraw_type_namespace, '*')
        and exit_types.code = own_enrollments.exit_withdraw_type
    left join grade_levels
        on grade_levels.source_id = own_enrollments.source_id
        and grade_levels.namespace = coalesce(own_enrollments.entry_grade_level_namespace, '*')
        and grade_levels.code = own_enrollments.entry_grade_level
),

judged as (
    select
        *,
        is_reported_no_show
        or coalesce(exit_withdraw_date <= first_instructional_date, false) as is_no_show
    from described
),

validated as (
    select
        *,
        not is_no_show and not is_mistake and coalesce(exit_withdraw_date >= entry_date, true) as is_valid
    from judged
),

ranked as (
    select
        *,
        countif(primary_school) over (partition by source_id, enrollment_year, student_key) > 0 as has_reported_primary,
        row_number() over (
            partition by source_id, enrollment_year, student_key
            order by
                if(primary_school is null, 0, 1),
                if(is_valid, 0, 1),
                coalesce(full_time_equivalency, 1) desc,
                entry_date desc,
                school_id
        ) as primary_rank,
        row_number() over (
            partition by source_id, enrollment_year, student_key
            order by
                if(is_valid, 0, 1),
                entry_date,
                coalesce(exit_withdraw_date, date '9999-12-31'),
                school_id
        ) as first_rank,
        row_number() over (
            partition by source_id, enrollment_year, student_key
            order by
                if(is_valid, 0, 1),
                coalesce(exit_withdraw_date, date '9999-12-31') desc,
                entry_date desc,
                school_id
        ) as last_rank
    from validated
),

membership_days as (
    select ranked.enrollment_key, count(*) as days_enrolled
    from ranked
    join calendar_dates
        on calendar_dates.calendar_key = ranked.followed_calendar_key
        and calendar_dates.is_instructional_day
        and calendar_dates.date >= ranked.entry_date
        and calendar_dates.date <= least(coalesce(ranked.last_membership_date, ranked.as_of_date), ranked.as_of_date)
    where ranked.is_valid
    group by ranked.enrollment_key
),

final as (
    select
        ranked.enrollment_key,
        ranked.student_key,
        ranked.student_xyear_key,
        ranked.school_key,
        ranked.lea_key,
        ranked.followed_calendar_key as calendar_key,
        ranked.graduation_plan_key,
        ranked.source_id,
        ranked.enrollment_year as school_year,
        ranked.student_unique_id,
        ranked.school_id,
        ranked.entry_date,
        ranked.exit_withdraw_date,
        ranked.last_membership_date,
        ranked.entry_type,
        ranked.entry_group,
        ranked.exit_withdraw_type,
        ranked.exit_group,
        ranked.entry_grade_level as grade_level,
        ranked.grade_level_order,
        if(
            ranked.has_reported_primary,
            coalesce(ranked.primary_school, false),
            ranked.primary_school is null and ranked.primary_rank = 1
        ) as is_primary_school,
        ranked.full_time_equivalency,
        ranked.is_no_show,
        ranked.is_valid,
        coalesce(
            ranked.is_valid
            and ranked.is_current_year
            and ranked.entry_date <= ranked.as_of_date
            and (ranked.exit_withdraw_date is null or ranked.last_membership_date >= ranked.as_of_date),
            false
        ) as is_active,
        ranked.first_rank = 1 as is_first_of_year,
        ranked.last_rank = 1 as is_last_of_year,
        coalesce(membership_days.days_enrolled, 0) as days_enrolled,
        ranked.repeat_grade_indicator as is_repeat_grade,
        ranked.residency_status,
        ranked.last_modified_at
    from ranked
    left join membership_days on membership_days.enrollment_key = ranked.enrollment_key
)

select * from final
