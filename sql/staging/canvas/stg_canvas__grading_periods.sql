/* model
description: "One row per live record of grading_periods in Canvas, typed: grading periods."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: "Id of the record in Canvas."}
  name: {type: STRING, description: "Name."}
  term_id: {type: STRING, description: "Id of the term in Canvas; NULL where Canvas does not tell."}
  start_at: {type: TIMESTAMP, description: "When it begins."}
  end_at: {type: TIMESTAMP, description: "When it ends."}
  close_at: {type: TIMESTAMP, description: "From when on grades are closed."}
  weight: {type: NUMERIC, description: "Weight among the periods of its term."}
  is_closed: {type: BOOL, description: "Whether its grades are closed."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.grading_periods
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$.title') as name,
        json_value(data, '$.enrollment_term_id') as term_id,
        safe_cast(json_value(data, '$.start_date') as timestamp) as start_at,
        safe_cast(json_value(data, '$.end_date') as timestamp) as end_at,
        safe_cast(json_value(data, '$.close_date') as timestamp) as close_at,
        safe_cast(json_value(data, '$.weight') as numeric) as weight,
        safe_cast(json_value(data, '$.is_closed') as bool) as is_closed,
        extracted_at
    from records
)

select * from final
