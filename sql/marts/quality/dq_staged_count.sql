/* model
description: >-
  One row per source, endpoint and school year: how many records are live in staging. What the source says it has is in
  dq_record_count. Generated: sql/generate-staging.ts.
materialize: view
optional:
  - marts.dq_staged_count_canvas
  - marts.dq_staged_count_edfi
  - marts.dq_staged_count_forms
  - marts.dq_staged_count_isams
  - marts.dq_staged_count_nwea
  - marts.dq_staged_count_nwea_partner
key: [source_id, endpoint, school_year]
columns:
  source_id: {type: STRING, description: The configured source.}
  endpoint: {type: STRING, description: The endpoint.}
  school_year:
    type: INT64
    description: School year (the year in which it ends) of the ODS; 0 of a source without years.
  row_count: {type: INT64, description: Live records.}
  last_modified_at:
    type: TIMESTAMP
    description: When the newest of them was changed; where the source does not tell, when it was read.
tests:
  - not_null: [row_count]
*/
with final as (
    select * from marts.dq_staged_count_canvas
    union all
    select * from marts.dq_staged_count_edfi
    union all
    select * from marts.dq_staged_count_forms
    union all
    select * from marts.dq_staged_count_isams
    union all
    select * from marts.dq_staged_count_nwea
    union all
    select * from marts.dq_staged_count_nwea_partner
)

select * from final
