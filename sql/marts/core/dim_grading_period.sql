/* model
description: One row per grading period of a school.
materialize: table
key: [grading_period_key]
access: everyone
cluster: [source_id, school_year]
columns:
  grading_period_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, grading period, and its name (data standard 5 and later) or
      sequence (before).
  school_key: {type: STRING, description: Key of the school.}
  session_key:
    type: STRING
    description: >-
      Key of the session that contains the period; where several contain it, of the only one that lists it; NULL if
      that decides nothing.
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  school_id: {type: INT64, description: The school.}
  name: {type: STRING, description: "Name of the period; before data standard 5, its type."}
  grading_period_type: {type: STRING, description: Type such as First Six Weeks.}
  period_sequence: {type: INT64, description: Place in the order of periods.}
  begin_date: {type: DATE, description: First day.}
  end_date: {type: DATE, description: Last day.}
  total_instructional_days: {type: INT64, description: Instructional days as the source counts them.}
  is_current: {type: BOOL, description: Whether as_of_date lies in the period and its year has begun.}
  is_latest_completed: {type: BOOL, description: Whether no other period of the school ended later before as_of_date.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - expression: {name: belongs_to_one_session, sql: session_key is not null, severity: warn}
*/
with grading_periods as (
    select *
    from staging.stg_edfi__grading_periods
    where grading_period_key is not null
    qualify row_number() over (
        partition by grading_period_key
        order by
            if(reported_school_year = school_year, 0, 1),
            reported_school_year desc,
            last_modified_at desc,
            api_id
    ) = 1
),

sessions as (
    select * from marts.dim_session
),

school_years as (
    select * from marts.dim_school_year
),

listed_periods as (
    select
        stg_edfi__sessions.session_key,
        stg_edfi__sessions.source_id,
        stg_edfi__sessions.school_year,
        safe_cast(json_value(item, '$.gradingPeriodReference.schoolId') as int64) as school_id,
        regexp_extract(
            json_value(item, '$.gradingPeriodReference.gradingPeriodDescriptor'), r'[^#]*$'
        ) as grading_period,
        json_value(item, '$.gradingPeriodReference.gradingPeriodName') as grading_period_name,
        safe_cast(json_value(item, '$.gradingPeriodReference.periodSequence') as int64) as period_sequence
    from staging.stg_edfi__sessions
    cross join unnest(json_query_array(stg_edfi__sessions.grading_periods)) as item
),

listings as (
    select distinct
        session_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(grading_period as string))),
            '\u001f', lower(trim(coalesce(cast(grading_period_name as string), cast(period_sequence as string))))
        ))) as grading_period_key
    from listed_periods
),

candidates as (
    select
        grading_periods.grading_period_key,
        sessions.session_key,
        coalesce(
            sessions.begin_date <= grading_periods.begin_date and sessions.end_date >= grading_periods.end_date, false
        ) as is_containing,
        listings.session_key is not null as is_listing
    from grading_periods
    join sessions
        on sessions.source_id = grading_periods.source_id
        and sessions.school_year = grading_periods.school_year
        and sessions.school_id = grading_periods.school_id
    left join listings
        on listings.session_key = sessions.session_key
        and listings.grading_period_key = grading_periods.grading_period_key
),

counted as (
    select
        grading_period_key,
        countif(is_containing) as containing,
        countif(is_listing) as listing,
        countif(is_containing and is_listing) as both_ways,
        min(if(is_containing, session_key, null)) as containing_key,
        min(if(is_listing, session_key, null)) as listing_key,
        min(if(is_containing and is_listing, session_key, null)) as both_ways_key
    from candidates
    group by grading_period_key
),

dated as (
    select
        grading_periods.*,
        -- The ODS made for the next year has copies of this year's periods.
        if(coalesce(school_years.is_future, false), null, school_years.as_of_date) as as_of_date,
        max(if(grading_periods.end_date < school_years.as_of_date, grading_periods.end_date, null)) over (
            partition by grading_periods.source_id, grading_periods.school_id
        ) as latest_completed_date
    from grading_periods
    left join school_years
        on school_years.source_id = grading_periods.source_id
        and school_years.school_year = grading_periods.school_year
),

final as (
    select
        dated.grading_period_key,
        dated.school_key,
        case
            when counted.containing = 1 then counted.containing_key
            when counted.containing > 1 and counted.both_ways = 1 then counted.both_ways_key
            when counted.containing = 0 and counted.listing = 1 then counted.listing_key
        end as session_key,
        dated.source_id,
        dated.school_year,
        dated.school_id,
        coalesce(dated.grading_period_name, dated.grading_period) as name,
        dated.grading_period as grading_period_type,
        dated.period_sequence,
        dated.begin_date,
        dated.end_date,
        dated.total_instructional_days,
        coalesce(dated.as_of_date between dated.begin_date and dated.end_date, false) as is_current,
        coalesce(dated.end_date = dated.latest_completed_date and dated.end_date < dated.as_of_date, false)
            as is_latest_completed,
        dated.last_modified_at
    from dated
    left join counted on counted.grading_period_key = dated.grading_period_key
)

select * from final
