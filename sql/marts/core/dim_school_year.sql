/* model
description: >-
  One row per source and school year it holds. Which year is now is decided here and nowhere else: the latest year that
  has begun.
materialize: table
key: [source_id, school_year]
access: everyone
columns:
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: "School year, named by the year in which it ends; 0 if the source has no years."
  school_year_name: {type: STRING, description: Name such as 2024-25.}
  first_instructional_date:
    type: DATE
    description: First instructional day at most schools; where there is no calendar, the first day of sessions.
  last_instructional_date:
    type: DATE
    description: Last instructional day at most schools; where there is no calendar, the last day of sessions.
  is_current: {type: BOOL, description: Whether it is the source's latest year that has begun by as_of_date.}
  is_future: {type: BOOL, description: Whether the year has not begun by as_of_date.}
  is_frozen: {type: BOOL, description: Whether the year is past and the days until it is frozen are over.}
  as_of_date: {type: DATE, description: The day on which the marts look at this source.}
  first_possible_date:
    type: DATE
    description: >-
      First day that can belong to the year, by the month in which years begin; NULL if the source has no years.
  last_possible_date: {type: DATE, description: Last day that can belong to the year.}
  in_force_from:
    type: DATE
    description: >-
      What has a begin and an end is in force if it overlaps the days from here to in_force_to: for the current year
      that is as_of_date, for any other year the whole year; NULL if the source has no years.
  in_force_to: {type: DATE, description: The last of those days.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - range: {column: school_year, min: 0, max: 2100}
  - expression:
      name: first_day_is_before_last
      sql: first_instructional_date is null or first_instructional_date <= last_instructional_date
      severity: warn
*/
with school_year_types as (
    select * from staging.stg_edfi__school_year_types
),

schools as (
    select * from staging.stg_edfi__schools
),

sessions as (
    select * from staging.stg_edfi__sessions
),

enrollments as (
    select * from staging.stg_edfi__student_school_associations
),

calendar_dates as (
    select * from marts.dim_calendar_date
),

rows_of_years as (
    select source_id, school_year, last_modified_at from school_year_types
    union all
    select source_id, school_year, last_modified_at from schools
    union all
    select source_id, school_year, last_modified_at from sessions
    union all
    select source_id, school_year, last_modified_at from enrollments
    union all
    select source_id, school_year, last_modified_at from calendar_dates
),

years as (
    select source_id, school_year, max(last_modified_at) as last_modified_at
    from rows_of_years
    group by source_id, school_year
),

parameters as (
    select sources.source_id, parameters.as_of_date, parameters.year_start_month, parameters.freeze_after_days
    from (select distinct source_id from years) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

-- An ODS made from last year's still has last year's calendar: only days of the year itself say when it begins.
bounds as (
    select
        years.source_id,
        years.school_year,
        parameters.as_of_date,
        parameters.freeze_after_days,
        if(
            years.school_year between 1900 and 2100,
            date(years.school_year - if(parameters.year_start_month > 1, 1, 0), parameters.year_start_month, 1),
            null
        ) as first_possible_date,
        if(
            years.school_year between 1900 and 2100,
            date_sub(
                date(years.school_year + if(parameters.year_start_month > 1, 0, 1), parameters.year_start_month, 1),
                interval 1 day
            ),
            null
        ) as last_possible_date,
        years.last_modified_at
    from years
    left join parameters on parameters.source_id = years.source_id
),

days as (
    select source_id, school_year, school_id, date as first_date, date as last_date, 1 as priority
    from calendar_dates
    where is_instructional_day
    union all
    select source_id, school_year, school_id, begin_date as first_date, end_date as last_date, 2 as priority
    from sessions
    where reported_school_year = school_year or reported_school_year is null or school_year = 0
),

known_days as (
    select days.*
    from days
    join bounds
        on bounds.source_id = days.source_id
        and bounds.school_year = days.school_year
        and days.first_date >= coalesce(bounds.first_possible_date, days.first_date)
        and days.first_date <= coalesce(bounds.last_possible_date, days.first_date)
),

school_days as (
    select
        source_id,
        school_year,
        school_id,
        priority,
        min(first_date) as first_date,
        max(last_date) as last_date
    from known_days
    group by source_id, school_year, school_id, priority
),

known_school_days as (
    select *
    from school_days
    where true
    qualify rank() over (partition by source_id, school_year order by priority) = 1
),

first_dates as (
    select source_id, school_year, first_date
    from known_school_days
    where first_date is not null
    group by source_id, school_year, first_date
    qualify row_number() over (partition by source_id, school_year order by count(*) desc, first_date) = 1
),

last_dates as (
    select source_id, school_year, last_date
    from known_school_days
    where last_date is not null
    group by source_id, school_year, last_date
    qualify row_number() over (partition by source_id, school_year order by count(*) desc, last_date desc) = 1
),

dated as (
    select
        bounds.source_id,
        bounds.school_year,
        first_dates.first_date,
        last_dates.last_date,
        coalesce(first_dates.first_date, bounds.first_possible_date) as begin_date,
        bounds.first_possible_date,
        bounds.last_possible_date,
        bounds.as_of_date,
        bounds.freeze_after_days,
        bounds.last_modified_at
    from bounds
    left join first_dates
        on first_dates.source_id = bounds.source_id
        and first_dates.school_year = bounds.school_year
    left join last_dates
        on last_dates.source_id = bounds.source_id
        and last_dates.school_year = bounds.school_year
),

begun as (
    select
        *,
        begin_date is null or begin_date <= as_of_date as has_begun,
        max(if(begin_date is null or begin_date <= as_of_date, school_year, null)) over (partition by source_id)
            as current_school_year
    from dated
),

final as (
    select
        source_id,
        school_year,
        if(
            school_year between 1900 and 2100,
            concat(
                cast(school_year - 1 as string), '-', lpad(cast(mod(school_year, 100) as string), 2, '0')
            ),
            'All years'
        ) as school_year_name,
        first_date as first_instructional_date,
        last_date as last_instructional_date,
        coalesce(school_year = current_school_year, false) as is_current,
        not has_begun as is_future,
        has_begun
        and school_year < current_school_year
        and date_diff(as_of_date, coalesce(last_date, date(greatest(school_year, 1), 12, 31)), day)
        > freeze_after_days as is_frozen,
        as_of_date,
        first_possible_date,
        last_possible_date,
        if(school_year = current_school_year, as_of_date, first_possible_date) as in_force_from,
        if(school_year = current_school_year, as_of_date, last_possible_date) as in_force_to,
        last_modified_at
    from begun
)

select * from final
