/* model
description: "One row per live record of students in NWEA's partner API, typed: students of a school."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  student_bid: {type: STRING, description: "Id of the student at NWEA.", pii: true}
  school_bid: {type: STRING, description: "Id of the school at NWEA."}
  student_id: {type: STRING, description: "Id of the student as the district has it.", pii: true}
  student_state_id: {type: STRING, description: "Id of the student in the state.", pii: true}
  grade: {type: STRING, description: "Grade."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [student_bid], severity: warn}
*/
with records as (
    select * from current_nwea_partner.students
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.studentBid') as student_bid,
        json_value(data, '$.schoolBid') as school_bid,
        json_value(data, '$.studentId') as student_id,
        json_value(data, '$.stateId') as student_state_id,
        json_value(data, '$.grade') as grade,
        extracted_at
    from records
)

select * from final
