/* model
description: >-
  One row per source and endpoint for which another freshness is expected, and the row '*' for all others. The row that
  names the source comes before the one that names the endpoint only.
materialize: table
key: [source_id, endpoint]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  endpoint: {type: STRING, description: "The endpoint, or '*' for any."}
  expected_hours: {type: INT64, description: Hours after a success when the data of the endpoint are stale.}
  full_run_days: {type: INT64, description: Days after a full run when the next one is overdue.}
tests:
  - range: {column: expected_hours, min: 1}
  - range: {column: full_run_days, min: 1}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as endpoint,
        36 as expected_hours,
        10 as full_run_days
    )
])
