/* model
description: "One row per live record of modules in Canvas, typed: modules of courses."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: "Id of the record in Canvas."}
  course_id: {type: STRING, description: "Id of the course in Canvas."}
  name: {type: STRING, description: "Name."}
  position: {type: INT64, description: "Place among the modules of its course."}
  unlock_at: {type: TIMESTAMP, description: "From when on it is open."}
  requires_sequential_progress: {type: BOOL, description: "Whether its items are done in their order."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.modules
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$._id') as lms_id,
        json_value(data, '$._parents.course') as course_id,
        json_value(data, '$.name') as name,
        safe_cast(json_value(data, '$.position') as int64) as position,
        safe_cast(json_value(data, '$.unlockAt') as timestamp) as unlock_at,
        safe_cast(json_value(data, '$.requireSequentialProgress') as bool) as requires_sequential_progress,
        extracted_at
    from records
)

select * from final
