/* model
description: "One row per live record of terms in Canvas, typed: terms."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: Id of the record in Canvas.}
  name: {type: STRING, description: Name.}
  start_at: {type: TIMESTAMP, description: When it begins.}
  end_at: {type: TIMESTAMP, description: When it ends.}
  sis_term_id: {type: STRING, description: "Id of the term in the school's own system."}
  workflow_state: {type: STRING, description: State of the record in Canvas.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.terms
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$.name') as name,
        safe_cast(json_value(data, '$.start_at') as timestamp) as start_at,
        safe_cast(json_value(data, '$.end_at') as timestamp) as end_at,
        json_value(data, '$.sis_term_id') as sis_term_id,
        json_value(data, '$.workflow_state') as workflow_state,
        extracted_at
    from records
)

select * from final
