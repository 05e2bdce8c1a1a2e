/* model
description: >-
  One row per date, from three school years before the earliest to one after the latest, and over the present day,
  whether a school calendar names the date or not.
materialize: table
key: [date]
access: everyone
columns:
  date: {type: DATE, description: The day.}
  school_year: {type: INT64, description: "School year in which the day lies, named by the year in which it ends."}
  day: {type: INT64, description: Day of the month.}
  day_of_week: {type: INT64, description: "Day of the week; 1 is Monday, 7 is Sunday."}
  day_name: {type: STRING, description: Name of the day of the week.}
  week_start_date: {type: DATE, description: Monday of the week.}
  month: {type: INT64, description: Month of the calendar year.}
  month_name: {type: STRING, description: Name of the month.}
  month_sort_order: {type: INT64, description: Month of the school year; its first month is 1.}
  calendar_quarter: {type: INT64, description: Quarter of the calendar year.}
  calendar_year: {type: INT64, description: Calendar year.}
  is_weekend: {type: BOOL, description: Whether the day is a Saturday or a Sunday.}
  is_current_school_year: {type: BOOL, description: Whether the day lies in the latest school year that has begun.}
tests:
  - range: {column: day_of_week, min: 1, max: 7}
  - range: {column: month_sort_order, min: 1, max: 12}
*/
with school_years as (
    select * from marts.dim_school_year
),

parameters as (
    select year_start_month, as_of_date
    from ref.parameters
    where true
    qualify row_number() over (order by if(source_id = '*', 0, 1), source_id) = 1
),

range_of_years as (
    select
        min(if(school_year between 1950 and 2100, school_year, null)) as first_year,
        max(if(school_year between 1950 and 2100, school_year, null)) as last_year,
        max(if(is_current, school_year, null)) as current_year
    from school_years
),

bounds as (
    select
        parameters.year_start_month,
        if(parameters.year_start_month > 1, 1, 0) as years_ahead,
        range_of_years.current_year,
        least(
            coalesce(range_of_years.first_year, extract(year from parameters.as_of_date)),
            extract(year from parameters.as_of_date)
        ) - 3 as first_year,
        greatest(
            coalesce(range_of_years.last_year, extract(year from parameters.as_of_date)),
            extract(year from parameters.as_of_date)
        ) + 1 as last_year
    from parameters
    cross join range_of_years
),

dates as (
    select
        bounds.year_start_month,
        bounds.years_ahead,
        bounds.current_year,
        date
    from bounds
    cross join unnest(
        generate_date_array(
            date(bounds.first_year - bounds.years_ahead, bounds.year_start_month, 1),
            date_sub(
                date(bounds.last_year + 1 - bounds.years_ahead, bounds.year_start_month, 1), interval 1 day
            )
        )
    ) as date
),

placed as (
    select
        *,
        extract(year from date)
        + if(extract(month from date) >= year_start_month, years_ahead, 0) as school_year
    from dates
),

final as (
    select
        date,
        school_year,
        extract(day from date) as day,
        mod(extract(dayofweek from date) + 5, 7) + 1 as day_of_week,
        format_date('%A', date) as day_name,
        date_trunc(date, week(monday)) as week_start_date,
        extract(month from date) as month,
        format_date('%B', date) as month_name,
        mod(extract(month from date) - year_start_month + 12, 12) + 1 as month_sort_order,
        extract(quarter from date) as calendar_quarter,
        extract(year from date) as calendar_year,
        extract(dayofweek from date) in (1, 7) as is_weekend,
        coalesce(school_year = current_year, false) as is_current_school_year
    from placed
)

select * from final
