/* model
description: >-
  One row per source and school year it holds. Which year is now is decided here and nowhere else: the latest year that
  has begun.
materialize: table
key: [source_id, school_year]
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

school_days as (
    select source_id, school_year, school_id, min(date) as first_date, max(date) as last_date, 1 as priority
    from calendar_dates
    where is_instructional_day
    group by source_id, school_year, school_id
    union all
    select source_id, school_year, school_id, min(begin_date) as first_date, max(end_date) as last_date, 2 as priority
    from sessions
    where reported_school_year = school_year or reported_school_year is null or school_year = 0
    group by source_id, school_year, school_id
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

parameters as (
    select sources.source_id, parameters.as_of_date, parameters.year_start_month, parameters.freeze_after_days
    from (select distinct source_id from years) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

dated as (
    select
        years.source_id,
        years.school_year,
        first_dates.first_date,
        last_dates.last_date,
        coalesce(
            first_dates.first_date,
            if(
                years.school_year between 1900 and 2100,
                date(years.school_year - if(parameters.year_start_month > 1, 1, 0), parameters.year_start_month, 1),
                null
            )
        ) as begin_date,
        parameters.as_of_date,
        parameters.freeze_after_days,
        parameters.year_start_month,
        years.last_modified_at
    from years
    left join first_dates
        on first_dates.source_id = years.source_id
        and first_dates.school_year = years.school_year
    left join last_dates
        on last_dates.source_id = years.source_id
        and last_dates.school_year = years.school_year
    left join parameters on parameters.source_id = years.source_id
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
        and as_of_date > date_add(
            coalesce(last_date, date(greatest(school_year, 1), 12, 31)), interval freeze_after_days day
        ) as is_frozen,
        as_of_date,
        case
            when school_year = current_school_year then as_of_date
            when school_year between 1900 and 2100
                then date(school_year - if(year_start_month > 1, 1, 0), year_start_month, 1)
        end as in_force_from,
        case
            when school_year = current_school_year then as_of_date
            when school_year between 1900 and 2100
                then date_sub(
                    date(school_year + if(year_start_month > 1, 0, 1), year_start_month, 1), interval 1 day
                )
        end as in_force_to,
        last_modified_at
    from begun
)

select * from final
