/* model
description: >-
  One row per source, endpoint and school year that has had a full run: how many records the source said it has, how
  many are live here, what explains the difference, and how many became rows of the mart that has one row per record.
materialize: view
optional:
  - marts.dq_staged_count
  - marts.dq_mart_count
key: [source_id, endpoint, school_year]
columns:
  source_id: {type: STRING, description: The configured source.}
  endpoint: {type: STRING, description: The endpoint.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  full_run_id: {type: STRING, description: The last full run that succeeded.}
  counted_at: {type: TIMESTAMP, description: When that run began.}
  api_total_count: {type: INT64, description: What the source said then that it has; NULL when it did not say.}
  extracted_rows: {type: INT64, description: Records that the run saw.}
  changed_rows: {type: INT64, description: Records and deletes that later runs saw.}
  staged_rows: {type: INT64, description: Records that are live in staging; NULL where no staging model reads them.}
  difference: {type: INT64, description: "Live here, less what the source said."}
  explained_by:
    type: STRING
    description: >-
      none (no difference), changes (as many since the run), not counted (the source did not say), not staged (no
      staging model reads the endpoint, see ref.staged_endpoints) or unexplained.
  mart: {type: STRING, description: The mart that has one row per record; NULL if none has.}
  mart_rows:
    type: INT64
    description: >-
      Its rows. Fewer than are live: records without a key, of one key, or of another year (a copied ODS has them, too).
tests:
  - accepted_values: {column: explained_by, values: [none, changes, not counted, not staged, unexplained]}
  - expression: {name: has_what_the_source_has, sql: explained_by <> 'unexplained', severity: warn}
*/
with runs as (
    select * from ops.runs where status = 'succeeded'
),

staged as (
    select * from marts.dq_staged_count
),

-- A connector of a deployment's own has endpoints that nothing counts, and so may a shipped one.
counted_endpoints as (
    select * from ref.staged_endpoints
),

mart_counts as (
    select * from marts.dq_mart_count
),

full_runs as (
    select *
    from runs
    where mode = 'full'
    qualify row_number() over (
        partition by source_id, endpoint, school_year order by run_started_at desc, loaded_at desc, run_id
    ) = 1
),

changes as (
    select
        full_runs.source_id,
        full_runs.endpoint,
        full_runs.school_year,
        sum(coalesce(runs.row_count, 0) + coalesce(runs.delete_count, 0)) as changed_rows
    from full_runs
    inner join runs
        on full_runs.source_id = runs.source_id
        and full_runs.endpoint = runs.endpoint
        and full_runs.school_year = runs.school_year
        and runs.run_started_at > full_runs.run_started_at
    group by full_runs.source_id, full_runs.endpoint, full_runs.school_year
),

compared as (
    select
        full_runs.source_id,
        full_runs.endpoint,
        full_runs.school_year,
        full_runs.run_id as full_run_id,
        full_runs.run_started_at as counted_at,
        full_runs.api_total_count,
        full_runs.row_count as extracted_rows,
        coalesce(changes.changed_rows, 0) as changed_rows,
        if(counted_endpoints.endpoint is null, null, coalesce(staged.row_count, 0)) as staged_rows,
        counted_endpoints.endpoint is not null as is_staged,
        mart_counts.mart,
        mart_counts.row_count as mart_rows
    from full_runs
    left join counted_endpoints
        on full_runs.connector = counted_endpoints.connector
        and full_runs.endpoint = counted_endpoints.endpoint
    left join changes
        on full_runs.source_id = changes.source_id
        and full_runs.endpoint = changes.endpoint
        and full_runs.school_year = changes.school_year
    left join staged
        on full_runs.source_id = staged.source_id
        and full_runs.endpoint = staged.endpoint
        and full_runs.school_year = staged.school_year
    left join mart_counts
        on full_runs.source_id = mart_counts.source_id
        and full_runs.endpoint = mart_counts.endpoint
        and full_runs.school_year = mart_counts.school_year
),

final as (
    select
        compared.* except (is_staged, mart, mart_rows),
        staged_rows - api_total_count as difference,
        case
            when not is_staged then 'not staged'
            when api_total_count is null then 'not counted'
            when staged_rows = api_total_count then 'none'
            when abs(staged_rows - api_total_count) <= changed_rows then 'changes'
            else 'unexplained'
        end as explained_by,
        mart,
        mart_rows
    from compared
)

select * from final
