/* model
description: "One row per live record of quizzes in Canvas, typed: quizzes."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: "Id of the record in Canvas."}
  course_id: {type: STRING, description: "Id of the course in Canvas."}
  lms_assignment_id: {type: STRING, description: "Id of the assignment that the quiz is, if it is one."}
  title: {type: STRING, description: "Title."}
  quiz_type: {type: STRING, description: "Kind of quiz: assignment, practice_quiz, graded_survey or survey."}
  points_possible: {type: NUMERIC, description: "Points that it can give."}
  due_at: {type: TIMESTAMP, description: "When it is due, for everyone."}
  unlock_at: {type: TIMESTAMP, description: "From when on it is open."}
  lock_at: {type: TIMESTAMP, description: "From when on it is closed."}
  is_published: {type: BOOL, description: "Whether students see it."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.quizzes
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$._parents.course') as course_id,
        json_value(data, '$.assignment_id') as lms_assignment_id,
        json_value(data, '$.title') as title,
        json_value(data, '$.quiz_type') as quiz_type,
        safe_cast(json_value(data, '$.points_possible') as numeric) as points_possible,
        safe_cast(json_value(data, '$.due_at') as timestamp) as due_at,
        safe_cast(json_value(data, '$.unlock_at') as timestamp) as unlock_at,
        safe_cast(json_value(data, '$.lock_at') as timestamp) as lock_at,
        safe_cast(json_value(data, '$.published') as bool) as is_published,
        extracted_at
    from records
)

select * from final
