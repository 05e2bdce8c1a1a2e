/* model
description: >-
  One row per school calendar and date. A day is instructional when any of its events is mapped as such. Dates of
  another school year than that of their ODS are left out where the school has dates of its own year.
materialize: table
key: [calendar_date_key]
access: everyone
cluster: [source_id, school_year, calendar_key]
columns:
  calendar_date_key:
    type: STRING
    description: "Key of the row: source_id, school_year, school_id, calendar_code, date."
  calendar_key: {type: STRING, description: "Key of the calendar: source_id, school_year, school_id, calendar_code."}
  school_key: {type: STRING, description: Key of the school.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  school_id: {type: INT64, description: The school.}
  calendar_code: {type: STRING, description: The calendar's code; a school can have several.}
  calendar_type: {type: STRING, description: What the calendar is for.}
  grade_levels: {type: ARRAY<STRING>, description: Grade levels the calendar is for; none if it is for all.}
  date: {type: DATE, description: The day.}
  events: {type: ARRAY<STRING>, description: Codes of the day's events in alphabetical order.}
  is_instructional_day: {type: BOOL, description: Whether students are expected at school.}
  instructional_portion: {type: NUMERIC, description: Share of a full day of instruction; 0 on other days.}
  day_of_school_year: {type: INT64, description: Number of the instructional day in its calendar; NULL on other days.}
  week_of_school_year:
    type: INT64
    description: Number of the week (Monday to Sunday) since the first instructional day; NULL before it.
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - range: {column: instructional_portion, min: 0, max: 1}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
*/
with calendar_dates as (
    select
        *,
        countif(reported_school_year = school_year) over (
            partition by source_id, school_year, school_id
        ) > 0 as has_own_year
    from staging.stg_edfi__calendar_dates
    where calendar_date_key is not null
    qualify row_number() over (
        partition by calendar_date_key
        order by if(reported_school_year = school_year, 0, 1), last_modified_at desc, api_id
    ) = 1
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

dates as (
    select *
    from calendar_dates
    where reported_school_year = school_year or not has_own_year
),

grade_levels as (
    select
        calendars.calendar_key,
        regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'[^#]*$') as grade_level
    from calendars
    cross join unnest(json_query_array(calendars.grade_levels)) as item
),

grade_lists as (
    select calendar_key, array_agg(distinct grade_level order by grade_level) as grade_levels
    from grade_levels
    where grade_level is not null
    group by calendar_key
),

date_events as (
    select
        dates.calendar_date_key,
        dates.source_id,
        regexp_extract(json_value(item, '$.calendarEventDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.calendarEventDescriptor'), r'[^#]*$') as code
    from dates
    cross join unnest(json_query_array(dates.calendar_events)) as item
),

mapped_codes as (
    select codes.source_id, codes.namespace, codes.code, map.is_instructional, map.instructional_portion
    from (select distinct source_id, coalesce(namespace, '*') as namespace, code from date_events) as codes
    join ref.calendar_events as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

event_lists as (
    select
        date_events.calendar_date_key,
        array_agg(distinct date_events.code order by date_events.code) as events,
        countif(mapped_codes.is_instructional) > 0 as is_instructional_day,
        max(if(mapped_codes.is_instructional, mapped_codes.instructional_portion, null)) as instructional_portion
    from date_events
    left join mapped_codes
        on mapped_codes.source_id = date_events.source_id
        and mapped_codes.namespace = coalesce(date_events.namespace, '*')
        and mapped_codes.code = date_events.code
    where date_events.code is not null
    group by date_events.calendar_date_key
),

days as (
    select
        dates.calendar_date_key,
        dates.calendar_key,
        dates.school_key,
        dates.source_id,
        dates.school_year,
        dates.school_id,
        dates.calendar_code,
        calendars.calendar_type,
        coalesce(grade_lists.grade_levels, cast([] as array<string>)) as grade_levels,
        dates.date,
        coalesce(event_lists.events, cast([] as array<string>)) as events,
        coalesce(event_lists.is_instructional_day, false) as is_instructional_day,
        coalesce(event_lists.instructional_portion, numeric '0') as instructional_portion,
        greatest(
            dates.last_modified_at, coalesce(calendars.last_modified_at, dates.last_modified_at)
        ) as last_modified_at
    from dates
    left join calendars on calendars.calendar_key = dates.calendar_key
    left join grade_lists on grade_lists.calendar_key = dates.calendar_key
    left join event_lists on event_lists.calendar_date_key = dates.calendar_date_key
),

counted as (
    select
        *,
        countif(is_instructional_day) over (
            partition by calendar_key order by date rows between unbounded preceding and current row
        ) as instructional_days_so_far,
        min(if(is_instructional_day, date, null)) over (partition by calendar_key) as first_instructional_date
    from days
),

final as (
    select
        calendar_date_key,
        calendar_key,
        school_key,
        source_id,
        school_year,
        school_id,
        calendar_code,
        calendar_type,
        grade_levels,
        date,
        events,
        is_instructional_day,
        instructional_portion,
        if(is_instructional_day, instructional_days_so_far, null) as day_of_school_year,
        if(date >= first_instructional_date, date_diff(date, first_instructional_date, week(monday)) + 1, null)
            as week_of_school_year,
        last_modified_at
    from counted
)

select * from final
