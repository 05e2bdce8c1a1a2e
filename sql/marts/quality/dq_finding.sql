/* model
description: >-
  One row per test and entity that fails it: what a school should mend in its student information system, and what a
  deployment should map. A finding that is mended is gone with the next build.
materialize: table
key: [test_id, entity_key]
cluster: [source_id, school_key, test_id]
columns:
  test_id: {type: STRING, description: What was tested.}
  severity: {type: STRING, description: "error (figures are wrong), warn (figures may be wrong) or info."}
  model: {type: STRING, description: The model that holds the entity.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the entity.}
  school_key: {type: STRING, description: School that can mend it; NULL where none is known.}
  entity_key: {type: STRING, description: Key of the entity in its model.}
  entity_label: {type: STRING, description: What a clerk looks for in the student information system.}
  detail: {type: STRING, description: What is wrong.}
  first_seen_at:
    type: TIMESTAMP
    description: When the record behind it was last changed; findings keep no history of their own.
tests:
  - not_null: [severity, model, source_id, school_year, entity_label, detail]
  - accepted_values: {column: severity, values: [error, warn, info]}
  - volume: {min_share: 0}
*/
with findings as (
    select * from marts.dq_enrollment_finding
    union all
    select * from marts.dq_student_finding
    union all
    select * from marts.dq_section_finding
    union all
    select * from marts.dq_attendance_finding
    union all
    select * from marts.dq_grade_finding
    union all
    select * from marts.dq_assessment_finding
    union all
    select * from marts.dq_discipline_finding
    union all
    select * from marts.dq_program_finding
    union all
    select * from marts.dq_survey_finding
    union all
    select * from marts.dq_student_value_finding
    union all
    select * from marts.dq_school_value_finding
),

unmapped_codes as (
    select * from marts.dq_unmapped_code
),

final as (
    select
        test_id,
        severity,
        model,
        source_id,
        school_year,
        school_key,
        entity_key,
        entity_label,
        detail,
        first_seen_at
    from findings
    union all
    select
        'unmapped_code' as test_id,
        severity,
        concat('ref.', map) as model,
        source_id,
        latest_school_year as school_year,
        cast(null as string) as school_key,
        to_hex(md5(concat(source_id, '\u001f', map, '\u001f', namespace, '\u001f', code))) as entity_key,
        concat('Code ', code) as entity_label,
        concat(
            'Not in ref.', map,
            if(namespace = '', '', concat(' (namespace ', namespace, ')')),
            '; records that have it: ', cast(rows_affected as string)
        ) as detail,
        first_seen_at
    from unmapped_codes
)

select * from final
