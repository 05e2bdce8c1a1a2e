/* model
description: "One row per live record of quiz_submissions in Canvas, typed: what students did in quizzes."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: "Id of the record in Canvas."}
  quiz_id: {type: STRING, description: "Id of the quiz in Canvas."}
  course_id: {type: STRING, description: "Id of the course in Canvas."}
  user_id: {type: STRING, description: "Id of the student in Canvas.", pii: true}
  lms_submission_id: {type: STRING, description: "Id of the submission of its assignment."}
  attempt: {type: INT64, description: "Number of the attempt, from 1."}
  score: {type: NUMERIC, description: "Points of this attempt."}
  kept_score: {type: NUMERIC, description: "Points that count."}
  points_possible: {type: NUMERIC, description: "Points that the quiz could give."}
  started_at: {type: TIMESTAMP, description: "When the student began."}
  finished_at: {type: TIMESTAMP, description: "When the student was done."}
  end_at: {type: TIMESTAMP, description: "When the time is up."}
  workflow_state: {type: STRING, description: "State of the record in Canvas."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.quiz_submissions
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$._parents.quiz') as quiz_id,
        json_value(data, '$._parents.course') as course_id,
        json_value(data, '$.user_id') as user_id,
        json_value(data, '$.submission_id') as lms_submission_id,
        safe_cast(json_value(data, '$.attempt') as int64) as attempt,
        safe_cast(json_value(data, '$.score') as numeric) as score,
        safe_cast(json_value(data, '$.kept_score') as numeric) as kept_score,
        safe_cast(json_value(data, '$.quiz_points_possible') as numeric) as points_possible,
        safe_cast(json_value(data, '$.started_at') as timestamp) as started_at,
        safe_cast(json_value(data, '$.finished_at') as timestamp) as finished_at,
        safe_cast(json_value(data, '$.end_at') as timestamp) as end_at,
        json_value(data, '$.workflow_state') as workflow_state,
        extracted_at
    from records
)

select * from final
