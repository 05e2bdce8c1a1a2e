/* model
description: >-
  The file academicSessions.csv of OneRoster 1.1: the current school year, its sessions and their grading periods. Days
  of the end are the first that do not belong to it, as OneRoster has them.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: Of the source and school year; session_key; grading_period_key.}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  title: {type: STRING, description: Name.}
  type: {type: STRING, description: "schoolYear, semester, term or gradingPeriod."}
  startDate: {type: DATE, description: First day.}
  endDate: {type: DATE, description: The day after the last.}
  parentSourcedId: {type: STRING, description: The session of a grading period; the school year of a session.}
  schoolYear: {type: INT64, description: The year in which the school year ends.}
tests:
  - not_null: [source_id]
*/
with years as (
    select * from marts.dim_school_year where is_current
),

sessions as (
    select sessions.*
    from marts.dim_session as sessions
    join years on years.source_id = sessions.source_id and years.school_year = sessions.school_year
    where sessions.begin_date is not null and sessions.end_date is not null
),

grading_periods as (
    select periods.*
    from marts.dim_grading_period as periods
    join years on years.source_id = periods.source_id and years.school_year = periods.school_year
    where periods.begin_date is not null and periods.end_date is not null
),

keyed_years as (
    select
        years.*,
        to_hex(md5(concat(
            lower(trim(years.source_id)),
            '\u001f', 'school year',
            '\u001f', cast(years.school_year as string)
        ))) as school_year_sourced_id
    from years
),

final as (
    select
        source_id,
        school_year_sourced_id as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        school_year_name as title,
        'schoolYear' as type,
        coalesce(first_instructional_date, first_possible_date) as startDate,
        date_add(
            least(coalesce(last_instructional_date, last_possible_date), date '9999-12-30'), interval 1 day
        ) as endDate,
        cast(null as string) as parentSourcedId,
        school_year as schoolYear
    from keyed_years
    union all
    select
        sessions.source_id,
        sessions.session_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        sessions.session_name as title,
        if(lower(sessions.term_name) like '%semester%', 'semester', 'term') as type,
        sessions.begin_date as startDate,
        date_add(least(sessions.end_date, date '9999-12-30'), interval 1 day) as endDate,
        keyed_years.school_year_sourced_id as parentSourcedId,
        sessions.school_year as schoolYear
    from sessions
    join keyed_years on keyed_years.source_id = sessions.source_id
    union all
    select
        grading_periods.source_id,
        grading_periods.grading_period_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        grading_periods.name as title,
        'gradingPeriod' as type,
        grading_periods.begin_date as startDate,
        date_add(least(grading_periods.end_date, date '9999-12-30'), interval 1 day) as endDate,
        coalesce(sessions.session_key, keyed_years.school_year_sourced_id) as parentSourcedId,
        grading_periods.school_year as schoolYear
    from grading_periods
    join keyed_years on keyed_years.source_id = grading_periods.source_id
    left join sessions on sessions.session_key = grading_periods.session_key
)

select * from final
