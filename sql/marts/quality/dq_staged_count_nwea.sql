/* model
description: >-
  One row per source, endpoint and school year of the connector nwea: how many records are live in staging.
  dq_staged_count has those of all connectors. Generated: sql/generate-staging.ts.
materialize: table
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
with records as (
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'assessment_results' as endpoint
    from staging.stg_nwea__assessment_results
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'students_by_school' as endpoint
    from staging.stg_nwea__students_by_school
),

final as (
    select
        source_id,
        endpoint,
        school_year,
        count(*) as row_count,
        max(last_modified_at) as last_modified_at
    from records
    group by source_id, endpoint, school_year
)

select * from final
