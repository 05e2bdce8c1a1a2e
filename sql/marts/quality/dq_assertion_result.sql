/* model
description: >-
  One row per build of a model and test of it: what was tested, when, and how many rows failed. History: builds add to
  it, nothing is taken away.
materialize: view
key: [build_id, assertion_id]
columns:
  build_id: {type: STRING, description: "The build, as in ops.builds."}
  assertion_id: {type: STRING, description: Names the test within its model.}
  model: {type: STRING, description: "The model, dataset.table."}
  severity: {type: STRING, description: "error: stops the build and all that reads the model; warn: does not."}
  status: {type: STRING, description: passed or failed.}
  failing_rows: {type: INT64, description: Rows that fail the test.}
  checked_at: {type: TIMESTAMP, description: When the test was run.}
  is_latest: {type: BOOL, description: Whether it is of the model's last build.}
  build_status: {type: STRING, description: "succeeded, or failed: then the old table stayed."}
  build_seconds: {type: FLOAT64, description: "How long the build took, all its tests together."}
  bytes_processed: {type: INT64, description: "Bytes the model's SELECT reads, as its dry run says."}
  query_hash: {type: STRING, description: Hash of the model's SQL and of the versions of its inputs.}
tests:
  - accepted_values: {column: status, values: [passed, failed]}
  - volume: {min_share: 0}
*/
with results as (
    select * from ops.test_results
),

builds as (
    select * from ops.builds
),

latest as (
    select model, max(started_at) as started_at
    from builds
    group by model
),

final as (
    select
        results.build_id,
        results.test_id as assertion_id,
        results.model,
        results.severity,
        results.status,
        results.failing_rows,
        results.checked_at,
        coalesce(builds.started_at = latest.started_at, false) as is_latest,
        builds.status as build_status,
        builds.seconds as build_seconds,
        builds.bytes_processed,
        builds.version as query_hash
    from results
    left join builds on results.build_id = builds.build_id and results.model = builds.model
    left join latest on results.model = latest.model
)

select * from final
