/* model
description: >-
  One row per participation in a discipline incident, or discipline action, and test of it that it fails, for the clerk
  of the school.
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
with incident_rows as (
    select * from marts.fct_discipline_incident_behavior
),

action_rows as (
    select * from marts.fct_discipline_action where is_primary_action_row
),

students as (
    select * from marts.dim_student
),

incidents as (
    select
        'marts.fct_discipline_incident_behavior' as model,
        incident_rows.source_id,
        incident_rows.school_year,
        incident_rows.school_key,
        incident_rows.discipline_incident_behavior_key as entity_key,
        concat(
            if(
                incident_rows.student_unique_id is null,
                '',
                concat('Student ', incident_rows.student_unique_id, ' in ')
            ),
            'incident ', coalesce(incident_rows.incident_identifier, 'without an id'),
            ' of school ', coalesce(cast(incident_rows.school_id as string), 'unknown')
        ) as entity_label,
        incident_rows.last_modified_at,
        incident_rows.participation is null as lacks_student,
        incident_rows.incident_date is null as lacks_incident,
        incident_rows.student_key is not null and students.student_key is null as lacks_student_record,
        incident_rows.behavior is null and incident_rows.participation = 'Offender' as lacks_behavior,
        incident_rows.is_primary_incident_row,
        incident_rows.is_primary_student_row
    from incident_rows
    left join students on students.student_key = incident_rows.student_key
),

actions as (
    select
        'marts.fct_discipline_action' as model,
        action_rows.source_id,
        action_rows.school_year,
        action_rows.school_key,
        action_rows.discipline_action_type_key as entity_key,
        concat(
            'Action ', coalesce(action_rows.discipline_action_identifier, 'without an id'),
            ' against student ', coalesce(action_rows.student_unique_id, 'unknown'),
            ' on ', coalesce(cast(action_rows.discipline_date as string), 'an unknown day')
        ) as entity_label,
        action_rows.last_modified_at,
        action_rows.discipline is null as lacks_discipline,
        action_rows.incident_count = 0 as lacks_incident,
        students.student_key is null as lacks_student_record,
        action_rows.enrollment_key is null as lacks_enrollment,
        action_rows.actual_days < 0 or action_rows.assigned_days < 0 as is_negative
    from action_rows
    left join students on students.student_key = action_rows.student_key
),

incident_findings as (
    select
        incidents.*,
        'incident_without_student' as test_id,
        'warn' as severity,
        'No student is named as having to do with the incident' as detail
    from incidents
    where lacks_student
        and is_primary_incident_row
    union all
    select
        incidents.*,
        'incident_unknown' as test_id,
        'error' as severity,
        'The student has to do with an incident that is not known' as detail
    from incidents
    where lacks_incident
        and is_primary_student_row
    union all
    select
        incidents.*,
        'incident_unknown_student' as test_id,
        'error' as severity,
        'The student is not known in this year' as detail
    from incidents
    where lacks_student_record
        and is_primary_student_row
    union all
    select
        incidents.*,
        'incident_without_behavior' as test_id,
        'warn' as severity,
        'The student is an offender without a behavior' as detail
    from incidents
    where lacks_behavior
),

action_findings as (
    select
        actions.*,
        'action_unknown_student' as test_id,
        'error' as severity,
        'The student is not known in this year' as detail
    from actions
    where lacks_student_record
    union all
    select
        actions.*,
        'action_outside_enrollment' as test_id,
        'warn' as severity,
        'The student is not enrolled on that day' as detail
    from actions
    where not lacks_student_record
        and lacks_enrollment
    union all
    select
        actions.*,
        'action_without_discipline' as test_id,
        'warn' as severity,
        'The action lists no discipline' as detail
    from actions
    where lacks_discipline
    union all
    select
        actions.*,
        'action_without_incident' as test_id,
        'warn' as severity,
        'The action names no incident that led to it' as detail
    from actions
    where lacks_incident
    union all
    select
        actions.*,
        'action_negative_length' as test_id,
        'error' as severity,
        'The action has less than no days' as detail
    from actions
    where is_negative
),

findings as (
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
        last_modified_at
    from incident_findings
    union all
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
        last_modified_at
    from action_findings
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
        last_modified_at as first_seen_at
    from findings
)

select * from final
