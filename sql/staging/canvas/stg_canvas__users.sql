/* model
description: "One row per live record of users in Canvas, typed: users."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: Id of the record in Canvas.}
  name: {type: STRING, description: Name., pii: true}
  sortable_name: {type: STRING, description: Name as it is sorted., pii: true}
  sis_user_id: {type: STRING, description: "Id of the person in the school's own system.", pii: true}
  created_at: {type: TIMESTAMP, description: When the user was made.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.users
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$.name') as name,
        json_value(data, '$.sortable_name') as sortable_name,
        json_value(data, '$.sis_user_id') as sis_user_id,
        safe_cast(json_value(data, '$.created_at') as timestamp) as created_at,
        extracted_at
    from records
)

select * from final
