/* model
description: >-
  One row per source, endpoint and school year of the connector isams: how many records are live in staging.
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
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'alumni' as endpoint
    from staging.stg_isams__alumni
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'applicants' as endpoint
    from staging.stg_isams__applicants
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'billing_cycles' as endpoint
    from staging.stg_isams__billing_cycles
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'employees' as endpoint
    from staging.stg_isams__employees
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'school_terms' as endpoint
    from staging.stg_isams__school_terms
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'students' as endpoint
    from staging.stg_isams__students
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'year_group_divisions' as endpoint
    from staging.stg_isams__year_group_divisions
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'year_groups' as endpoint
    from staging.stg_isams__year_groups
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
