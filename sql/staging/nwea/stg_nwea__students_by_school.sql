/* model
description: "One row per live record of students_by_school in an NWEA export, typed: who is on a school's roster."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  district_state_id: {type: STRING, description: Id of the district in the state.}
  school_name: {type: STRING, description: Name of the school.}
  school_state_id: {type: STRING, description: Id of the school in the state.}
  student_id: {type: STRING, description: Id of the student as the district has it., pii: true}
  student_state_id: {type: STRING, description: Id of the student in the state., pii: true}
  grade: {type: STRING, description: Grade as the district calls it.}
  nwea_grade: {type: STRING, description: "Grade as NWEA calls it: PK, K, 1 to 13."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [student_id, term_name], severity: warn}
*/
with records as (
    select * from current_nwea.students_by_school
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.TermName') as term_name,
        json_value(data, '$.District_StateID') as district_state_id,
        json_value(data, '$.SchoolName') as school_name,
        json_value(data, '$.School_StateID') as school_state_id,
        json_value(data, '$.StudentID') as student_id,
        json_value(data, '$.Student_StateID') as student_state_id,
        json_value(data, '$.Grade') as grade,
        json_value(data, '$.NWEAStandard_Grade') as nwea_grade,
        extracted_at
    from records
)

select * from final
