/* model
description: "One row per live record of assignments in Canvas, typed: assignments."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_assignment_id: {type: STRING, description: Id of the record in Canvas.}
  course_id: {type: STRING, description: Id of its course in Canvas.}
  assignment_group_id: {type: STRING, description: Id of its group in Canvas.}
  title: {type: STRING, description: Title.}
  description: {type: STRING, description: "What is to be done, as HTML."}
  due_at: {type: TIMESTAMP, description: When it is due for everyone.}
  unlock_at: {type: TIMESTAMP, description: From when it can be seen.}
  lock_at: {type: TIMESTAMP, description: When it is closed.}
  points_possible: {type: NUMERIC, description: Points that can be had.}
  grading_type: {type: STRING, description: How it is graded.}
  is_omitted_from_final_grade: {type: BOOL, description: Whether it does not count in the final grade.}
  is_published: {type: BOOL, description: Whether students see it.}
  submission_type: {type: STRING, description: How it is handed in; the first way of several.}
  submission_types: {type: ARRAY<STRING>, description: The ways in which it can be handed in.}
  workflow_state: {type: STRING, description: State of the record in Canvas.}
  created_at: {type: TIMESTAMP, description: When it was made.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_assignment_id, course_id], severity: warn}
*/
with records as (
    select * from current_canvas.assignments
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_assignment_id,
        json_value(data, '$.course_id') as course_id,
        json_value(data, '$.assignment_group_id') as assignment_group_id,
        json_value(data, '$.name') as title,
        json_value(data, '$.description') as description,
        safe_cast(json_value(data, '$.due_at') as timestamp) as due_at,
        safe_cast(json_value(data, '$.unlock_at') as timestamp) as unlock_at,
        safe_cast(json_value(data, '$.lock_at') as timestamp) as lock_at,
        safe_cast(json_value(data, '$.points_possible') as numeric) as points_possible,
        json_value(data, '$.grading_type') as grading_type,
        lax_bool(json_query(data, '$.omit_from_final_grade')) as is_omitted_from_final_grade,
        lax_bool(json_query(data, '$.published')) as is_published,
        json_value(data, '$.submission_types[0]') as submission_type,
        json_value_array(data, '$.submission_types') as submission_types,
        json_value(data, '$.workflow_state') as workflow_state,
        safe_cast(json_value(data, '$.created_at') as timestamp) as created_at,
        extracted_at
    from records
)

select * from final
