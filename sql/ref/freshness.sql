/* model
description: >-
  One row per source, with what is to be read of it and how fresh that must be. The deployment's sources file fills it
  (stale_after_hours, full_run_days), as it does for the reconciler's alert, so the SELECT that stands here gives
  nothing.
materialize: table
key: [source_id]
columns:
  source_id: {type: STRING, description: The configured source.}
  school_years: {type: ARRAY<INT64>, description: School years that are read; only 0 of a source without years.}
  endpoints: {type: ARRAY<STRING>, description: Endpoints that are read; all when there are none.}
  excluded_endpoints: {type: ARRAY<STRING>, description: Endpoints that are not.}
  expected_hours:
    type: NUMERIC
    description: >-
      Hours after a success when an endpoint is stale. What nobody says is 54, for the schedules leave 48 between
      Saturday and Monday.
  full_run_days: {type: NUMERIC, description: Days after a full run when the next one is overdue.}
tests:
  - range: {column: expected_hours, min: 1}
  - range: {column: full_run_days, min: 1}
*/
select
    cast(null as string) as source_id,
    cast([] as array<int64>) as school_years,
    cast([] as array<string>) as endpoints,
    cast([] as array<string>) as excluded_endpoints,
    cast(null as numeric) as expected_hours,
    cast(null as numeric) as full_run_days
from unnest([1]) as nothing
where nothing = 0
