/* model
description: One row per class period of a school and school year, with its minutes.
materialize: table
key: [class_period_key]
access: everyone
cluster: [source_id, school_year]
columns:
  class_period_key:
    type: STRING
    description: "Key of the row: source_id, school_year, school_id, class_period_name."
  school_key: {type: STRING, description: Key of the school.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  school_id: {type: INT64, description: The school's id.}
  class_period_name: {type: STRING, description: Name of the period.}
  is_official_attendance_period: {type: BOOL, description: Whether attendance of the day is taken in it.}
  start_time: {type: TIME, description: When the first of its meetings begins.}
  end_time: {type: TIME, description: When the last of its meetings ends.}
  minutes:
    type: INT64
    description: Minutes of all its meetings; NULL where no meeting has both times.
  bell_schedule_names:
    type: ARRAY<STRING>
    description: "Names of the bell schedules that have it, in alphabetical order."
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [class_period_name]
  - range: {column: minutes, min: 0, max: 1440, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
*/
with class_periods as (
    select *
    from staging.stg_edfi__class_periods
    where class_period_key is not null
    qualify row_number() over (partition by class_period_key order by last_modified_at desc, api_id) = 1
),

bell_schedules as (
    select *
    from staging.stg_edfi__bell_schedules
    where bell_schedule_key is not null
    qualify row_number() over (partition by bell_schedule_key order by last_modified_at desc, api_id) = 1
),

meetings as (
    select
        class_periods.class_period_key,
        safe_cast(regexp_extract(json_value(item, '$.startTime'), r'\d{2}:\d{2}:\d{2}') as time) as start_time,
        safe_cast(regexp_extract(json_value(item, '$.endTime'), r'\d{2}:\d{2}:\d{2}') as time) as end_time
    from class_periods
    cross join unnest(json_query_array(class_periods.meeting_times)) as item
),

meeting_sums as (
    select
        class_period_key,
        min(start_time) as start_time,
        max(end_time) as end_time,
        sum(time_diff(end_time, start_time, minute)) as minutes
    from meetings
    group by class_period_key
),

scheduled as (
    select distinct
        bell_schedules.source_id,
        bell_schedules.school_year,
        bell_schedules.bell_schedule_name,
        coalesce(
            safe_cast(json_value(item, '$.classPeriodReference.schoolId') as int64), bell_schedules.school_id
        ) as school_id,
        lower(trim(json_value(item, '$.classPeriodReference.classPeriodName'))) as class_period_name
    from bell_schedules
    cross join unnest(json_query_array(bell_schedules.class_periods)) as item
),

schedule_lists as (
    select
        source_id,
        school_year,
        school_id,
        class_period_name,
        array_agg(distinct bell_schedule_name order by bell_schedule_name) as bell_schedule_names
    from scheduled
    where bell_schedule_name is not null
    group by source_id, school_year, school_id, class_period_name
),

final as (
    select
        class_periods.class_period_key,
        class_periods.school_key,
        class_periods.source_id,
        class_periods.school_year,
        class_periods.school_id,
        class_periods.class_period_name,
        class_periods.official_attendance_period as is_official_attendance_period,
        meeting_sums.start_time,
        meeting_sums.end_time,
        meeting_sums.minutes,
        coalesce(schedule_lists.bell_schedule_names, cast([] as array<string>)) as bell_schedule_names,
        class_periods.last_modified_at
    from class_periods
    left join meeting_sums on meeting_sums.class_period_key = class_periods.class_period_key
    left join schedule_lists
        on schedule_lists.source_id = class_periods.source_id
        and schedule_lists.school_year = class_periods.school_year
        and schedule_lists.school_id = class_periods.school_id
        and schedule_lists.class_period_name = lower(trim(class_periods.class_period_name))
)

select * from final
