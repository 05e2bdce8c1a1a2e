/* model
description: "One row per live record of sections in Canvas, typed: sections."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_section_id: {type: STRING, description: Id of the record in Canvas.}
  course_id: {type: STRING, description: Id of its course in Canvas.}
  name: {type: STRING, description: Name.}
  sis_section_id: {type: STRING, description: "Id of the section in the school's own system."}
  start_at: {type: TIMESTAMP, description: When it begins.}
  end_at: {type: TIMESTAMP, description: When it ends.}
  total_students: {type: INT64, description: Students in it.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_section_id, course_id], severity: warn}
*/
with records as (
    select * from current_canvas.sections
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_section_id,
        json_value(data, '$.course_id') as course_id,
        json_value(data, '$.name') as name,
        json_value(data, '$.sis_section_id') as sis_section_id,
        safe_cast(json_value(data, '$.start_at') as timestamp) as start_at,
        safe_cast(json_value(data, '$.end_at') as timestamp) as end_at,
        safe_cast(json_value(data, '$.total_students') as int64) as total_students,
        extracted_at
    from records
)

select * from final
