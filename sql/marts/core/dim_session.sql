/* model
description: One row per session (term) of a school.
materialize: table
key: [session_key]
access: everyone
cluster: [source_id, school_year]
columns:
  session_key: {type: STRING, description: "Key of the row: source_id, school_year, school_id, session_name."}
  school_key: {type: STRING, description: Key of the school.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  school_id: {type: INT64, description: The school.}
  session_name: {type: STRING, description: Name of the session.}
  term_name: {type: STRING, description: Kind of term such as Fall Semester.}
  begin_date: {type: DATE, description: First day.}
  end_date: {type: DATE, description: Last day.}
  total_instructional_days: {type: INT64, description: Instructional days as the source counts them.}
  is_current: {type: BOOL, description: Whether as_of_date lies in the session and its year has begun.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - expression: {name: end_is_after_begin, sql: end_date is null or end_date >= begin_date, severity: warn}
*/
with sessions as (
    select *
    from staging.stg_edfi__sessions
    where session_key is not null
    qualify row_number() over (
        partition by session_key
        order by
            if(reported_school_year = school_year, 0, 1),
            reported_school_year desc,
            last_modified_at desc,
            api_id
    ) = 1
),

school_years as (
    select * from marts.dim_school_year
),

final as (
    select
        sessions.session_key,
        sessions.school_key,
        sessions.source_id,
        sessions.school_year,
        sessions.school_id,
        sessions.session_name,
        sessions.term as term_name,
        sessions.begin_date,
        sessions.end_date,
        sessions.total_instructional_days,
        coalesce(
            school_years.as_of_date between sessions.begin_date and sessions.end_date
            and not coalesce(school_years.is_future, false),
            false
        ) as is_current,
        sessions.last_modified_at
    from sessions
    left join school_years
        on school_years.source_id = sessions.source_id
        and school_years.school_year = sessions.school_year
)

select * from final
