/* model
description: "One row per live record of enrollments in Canvas, typed: who is in which section as what."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: Id of the record in Canvas.}
  user_id: {type: STRING, description: Id of the user in Canvas., pii: true}
  course_id: {type: STRING, description: Id of the course in Canvas.}
  lms_section_id: {type: STRING, description: Id of the section in Canvas.}
  enrollment_type: {type: STRING, description: "As what: StudentEnrollment, TeacherEnrollment and others."}
  enrollment_state: {type: STRING, description: State of the enrolment.}
  sis_user_id: {type: STRING, description: "Id of the person in the school's own system.", pii: true}
  current_score: {type: NUMERIC, description: "Score of what was graded so far, in percent."}
  final_score: {type: NUMERIC, description: "Score with what was not handed in as zero, in percent."}
  last_activity_at: {type: TIMESTAMP, description: When the user was last active in the course.}
  total_activity_seconds: {type: INT64, description: Seconds that the user was active in the course.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id, user_id, course_id], severity: warn}
*/
with records as (
    select * from current_canvas.enrollments
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$.user_id') as user_id,
        json_value(data, '$.course_id') as course_id,
        json_value(data, '$.course_section_id') as lms_section_id,
        json_value(data, '$.type') as enrollment_type,
        json_value(data, '$.enrollment_state') as enrollment_state,
        -- Canvas documents it beside the user, and sends it in the user as well.
        coalesce(json_value(data, '$.user.sis_user_id'), json_value(data, '$.sis_user_id')) as sis_user_id,
        safe_cast(json_value(data, '$.grades.current_score') as numeric) as current_score,
        safe_cast(json_value(data, '$.grades.final_score') as numeric) as final_score,
        safe_cast(json_value(data, '$.last_activity_at') as timestamp) as last_activity_at,
        safe_cast(json_value(data, '$.total_activity_time') as int64) as total_activity_seconds,
        extracted_at
    from records
)

select * from final
