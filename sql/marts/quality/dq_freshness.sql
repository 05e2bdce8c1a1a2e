/* model
description: >-
  One row per source, endpoint and school year that ever had a run: when it last succeeded, and whether that is too long
  ago. Expected is what the sources file asks for, within the hours that it gives (ref.freshness); the reconciler's
  alert goes by the same. How fresh the content is, is told in instructional days.
materialize: view
optional:
  - marts.dq_staged_count
  - marts.fct_student_attendance_event
  - marts.fct_student_grade
  - marts.fct_student_assessment
  - marts.dim_calendar_date
key: [source_id, endpoint, school_year]
columns:
  source_id: {type: STRING, description: The configured source.}
  connector: {type: STRING, description: The kind of API.}
  endpoint: {type: STRING, description: The endpoint.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  last_run_at: {type: TIMESTAMP, description: When the last run was settled.}
  last_run_status: {type: STRING, description: How it ended.}
  last_success_at: {type: TIMESTAMP, description: When the last run that succeeded was settled.}
  last_full_run_at: {type: TIMESTAMP, description: When the last full run that succeeded began.}
  hours_since_success: {type: FLOAT64, description: Hours since the last success; NULL when there was none.}
  expected_hours:
    type: NUMERIC
    description: Hours after which the data are stale; NULL of what is not configured to be read, or not there.
  rows_live: {type: INT64, description: Records that are live in staging.}
  rows_deleted: {type: INT64, description: Deletes that the source reported since the last full run.}
  rows_changed_7d: {type: INT64, description: Records and deletes that delta runs saw in the last seven days.}
  max_event_date:
    type: DATE
    description: >-
      Newest day in the data, of attendance, grades (begin of the grading period) and assessments; no day to come.
  days_behind:
    type: INT64
    description: >-
      Of attendance, instructional days between the newest day in the data and today, both left out. Grades and
      assessments do not come by the day.
  is_stale: {type: BOOL, description: No success within the expected hours.}
  is_full_run_overdue: {type: BOOL, description: No full run within the expected days.}
tests:
  - not_null: [connector, last_run_status, is_stale, is_full_run_overdue]
  - expression: {name: is_fresh, sql: not is_stale, severity: warn}
  - expression: {name: full_run_is_not_overdue, sql: not is_full_run_overdue, severity: warn}
  - expression: {name: no_five_days_behind, sql: days_behind < 5, severity: warn}
*/
with runs as (
    select * from ops.runs
),

staged as (
    select * from marts.dq_staged_count
),

attendance_events as (
    select * from marts.fct_student_attendance_event
),

grades as (
    select * from marts.fct_student_grade
),

administrations as (
    select * from marts.fct_student_assessment
),

calendar_dates as (
    select * from marts.dim_calendar_date where is_instructional_day
),

freshness as (
    select * from ref.freshness
),

-- Now, or the end of as_of_date where the marts look at the data as of an earlier day.
moments as (
    select
        sources.source_id,
        parameters.as_of_date,
        least(
            current_timestamp(),
            timestamp(date_add(parameters.as_of_date, interval 1 day), parameters.timezone)
        ) as now_at
    from (select distinct source_id from runs) as sources
    inner join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

latest_runs as (
    select *
    from runs
    where true
    qualify row_number() over (
        partition by source_id, endpoint, school_year order by loaded_at desc, run_started_at desc, run_id
    ) = 1
),

full_runs as (
    select source_id, endpoint, school_year, max(run_started_at) as started_at
    from runs
    where mode = 'full'
        and status = 'succeeded'
    group by source_id, endpoint, school_year
),

summaries as (
    select
        runs.source_id,
        runs.endpoint,
        runs.school_year,
        max(if(runs.status = 'succeeded', runs.loaded_at, null)) as last_success_at,
        max(full_runs.started_at) as last_full_run_at,
        sum(
            if(
                runs.status = 'succeeded'
                and (full_runs.started_at is null or runs.run_started_at >= full_runs.started_at),
                coalesce(runs.delete_count, 0),
                0
            )
        ) as rows_deleted,
        sum(
            if(
                runs.status = 'succeeded'
                and runs.mode = 'delta'
                and runs.loaded_at >= timestamp_sub(moments.now_at, interval 168 hour),
                coalesce(runs.row_count, 0) + coalesce(runs.delete_count, 0),
                0
            )
        ) as rows_changed_7d
    from runs
    left join moments on runs.source_id = moments.source_id
    left join full_runs
        on runs.source_id = full_runs.source_id
        and runs.endpoint = full_runs.endpoint
        and runs.school_year = full_runs.school_year
    group by runs.source_id, runs.endpoint, runs.school_year
),

event_dates as (
    select
        source_id,
        school_year,
        if(event_scope = 'school', 'student_school_attendance_events', 'student_section_attendance_events') as endpoint,
        event_date
    from attendance_events
    union all
    select source_id, school_year, 'grades' as endpoint, grading_period_begin_date as event_date
    from grades
    union all
    select source_id, school_year, 'student_assessments' as endpoint, administration_date as event_date
    from administrations
),

newest_events as (
    select
        event_dates.source_id,
        event_dates.school_year,
        event_dates.endpoint,
        max(event_dates.event_date) as max_event_date
    from event_dates
    inner join moments on event_dates.source_id = moments.source_id
    where event_dates.event_date <= moments.as_of_date
    group by event_dates.source_id, event_dates.school_year, event_dates.endpoint
),

instructional_days as (
    select distinct source_id, school_year, date from calendar_dates
),

delays as (
    select
        newest_events.source_id,
        newest_events.school_year,
        newest_events.endpoint,
        newest_events.max_event_date,
        if(
            newest_events.endpoint in ('student_school_attendance_events', 'student_section_attendance_events'),
            countif(
                instructional_days.date > newest_events.max_event_date
                and instructional_days.date < moments.as_of_date
            ),
            null
        ) as days_behind
    from newest_events
    inner join moments on newest_events.source_id = moments.source_id
    left join instructional_days
        on newest_events.source_id = instructional_days.source_id
        and newest_events.school_year = instructional_days.school_year
    group by
        newest_events.source_id,
        newest_events.school_year,
        newest_events.endpoint,
        newest_events.max_event_date
),

judged as (
    select
        latest_runs.source_id,
        latest_runs.connector,
        latest_runs.endpoint,
        latest_runs.school_year,
        latest_runs.loaded_at as last_run_at,
        latest_runs.status as last_run_status,
        summaries.last_success_at,
        summaries.last_full_run_at,
        summaries.rows_deleted,
        summaries.rows_changed_7d,
        moments.now_at,
        freshness.expected_hours,
        freshness.full_run_days,
        -- What the source does not have, and what nobody asks for any more, cannot be late.
        latest_runs.status != 'unsupported'
        and coalesce(
            latest_runs.school_year in unnest(freshness.school_years)
            and (
                array_length(freshness.endpoints) = 0
                or latest_runs.endpoint in unnest(freshness.endpoints)
            )
            and latest_runs.endpoint not in unnest(freshness.excluded_endpoints),
            false
        ) as is_expected
    from latest_runs
    inner join summaries
        on latest_runs.source_id = summaries.source_id
        and latest_runs.endpoint = summaries.endpoint
        and latest_runs.school_year = summaries.school_year
    left join moments on latest_runs.source_id = moments.source_id
    left join freshness on latest_runs.source_id = freshness.source_id
),

final as (
    select
        judged.source_id,
        judged.connector,
        judged.endpoint,
        judged.school_year,
        judged.last_run_at,
        judged.last_run_status,
        judged.last_success_at,
        judged.last_full_run_at,
        timestamp_diff(judged.now_at, judged.last_success_at, second) / 3600 as hours_since_success,
        if(judged.is_expected, judged.expected_hours, null) as expected_hours,
        staged.row_count as rows_live,
        judged.rows_deleted,
        judged.rows_changed_7d,
        delays.max_event_date,
        delays.days_behind,
        judged.is_expected
        and (
            judged.last_success_at is null
            or timestamp_diff(judged.now_at, judged.last_success_at, second) > judged.expected_hours * 3600
        ) as is_stale,
        judged.is_expected
        and (
            judged.last_full_run_at is null
            or timestamp_diff(judged.now_at, judged.last_full_run_at, second) > judged.full_run_days * 86400
        ) as is_full_run_overdue
    from judged
    left join staged
        on judged.source_id = staged.source_id
        and judged.endpoint = staged.endpoint
        and judged.school_year = staged.school_year
    left join delays
        on judged.source_id = delays.source_id
        and judged.endpoint = delays.endpoint
        and judged.school_year = delays.school_year
)

select * from final
