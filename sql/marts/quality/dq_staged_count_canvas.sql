/* model
description: >-
  One row per source, endpoint and school year of the connector canvas: how many records are live in staging.
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
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'accounts' as endpoint
    from staging.stg_canvas__accounts
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'assignments' as endpoint
    from staging.stg_canvas__assignments
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'courses' as endpoint
    from staging.stg_canvas__courses
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'enrollments' as endpoint
    from staging.stg_canvas__enrollments
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'grading_periods' as endpoint
    from staging.stg_canvas__grading_periods
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'modules' as endpoint
    from staging.stg_canvas__modules
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'quiz_submissions' as endpoint
    from staging.stg_canvas__quiz_submissions
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'quizzes' as endpoint
    from staging.stg_canvas__quizzes
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'sections' as endpoint
    from staging.stg_canvas__sections
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'submissions' as endpoint
    from staging.stg_canvas__submissions
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'terms' as endpoint
    from staging.stg_canvas__terms
    union all
    select source_id, 0 as school_year, extracted_at as last_modified_at, 'users' as endpoint
    from staging.stg_canvas__users
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
