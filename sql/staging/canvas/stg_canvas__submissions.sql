/* model
description: "One row per live record of submissions in Canvas, typed: what was handed in."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: Id of the record in Canvas.}
  lms_assignment_id: {type: STRING, description: Id of the assignment in Canvas.}
  course_id: {type: STRING, description: Id of the course in Canvas.}
  user_id: {type: STRING, description: Id of the user in Canvas., pii: true}
  attempt: {type: INT64, description: How often it was handed in.}
  score: {type: NUMERIC, description: Points.}
  grade: {type: STRING, description: Grade as it is shown.}
  due_at: {type: TIMESTAMP, description: When it is due for this user.}
  submitted_at: {type: TIMESTAMP, description: When it was handed in.}
  graded_at: {type: TIMESTAMP, description: When it was graded.}
  is_excused: {type: BOOL, description: Whether it is excused.}
  vendor_late: {type: BOOL, description: Whether Canvas calls it late.}
  vendor_missing: {type: BOOL, description: Whether Canvas calls it missing.}
  seconds_late: {type: INT64, description: Seconds after it was due.}
  workflow_state: {type: STRING, description: State of the record in Canvas.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id, lms_assignment_id, user_id], severity: warn}
*/
with records as (
    select * from current_canvas.submissions
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$.assignment_id') as lms_assignment_id,
        json_value(data, '$._parents.course') as course_id,
        json_value(data, '$.user_id') as user_id,
        safe_cast(json_value(data, '$.attempt') as int64) as attempt,
        safe_cast(json_value(data, '$.score') as numeric) as score,
        json_value(data, '$.grade') as grade,
        safe_cast(json_value(data, '$.cached_due_date') as timestamp) as due_at,
        safe_cast(json_value(data, '$.submitted_at') as timestamp) as submitted_at,
        safe_cast(json_value(data, '$.graded_at') as timestamp) as graded_at,
        lax_bool(json_query(data, '$.excused')) as is_excused,
        lax_bool(json_query(data, '$.late')) as vendor_late,
        lax_bool(json_query(data, '$.missing')) as vendor_missing,
        safe_cast(json_value(data, '$.seconds_late') as int64) as seconds_late,
        json_value(data, '$.workflow_state') as workflow_state,
        extracted_at
    from records
)

select * from final
