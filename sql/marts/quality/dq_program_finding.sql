/* model
description: >-
  One row per participation of a student in a program or a cohort and test of it that it fails, for the clerk of the
  school.
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
with program_rows as (
    select * from marts.fct_student_program
),

cohort_rows as (
    select * from marts.fct_student_cohort
),

programs as (
    select * from marts.dim_program
),

cohorts as (
    select * from marts.dim_cohort
),

students as (
    select * from marts.dim_student
),

participations as (
    select
        'program' as kind,
        'marts.fct_student_program' as model,
        program_rows.source_id,
        program_rows.school_year,
        coalesce(program_rows.school_key, students.primary_school_key) as school_key,
        program_rows.student_program_key as entity_key,
        concat(
            'Student ', coalesce(program_rows.student_unique_id, 'unknown'),
            ' in program ', coalesce(program_rows.program_name, 'unknown'),
            ' from ', coalesce(cast(program_rows.begin_date as string), 'an unknown day')
        ) as entity_label,
        program_rows.begin_date,
        program_rows.end_date,
        program_rows.is_active,
        students.student_key is not null as has_student,
        coalesce(students.is_enrolled, false) as is_enrolled,
        programs.program_key is not null as has_whole,
        program_rows.last_modified_at
    from program_rows
    left join programs on programs.program_key = program_rows.program_key
    left join students on students.student_key = program_rows.student_key
    union all
    select
        'cohort' as kind,
        'marts.fct_student_cohort' as model,
        cohort_rows.source_id,
        cohort_rows.school_year,
        coalesce(cohort_rows.school_key, students.primary_school_key) as school_key,
        cohort_rows.student_cohort_key as entity_key,
        concat(
            'Student ', coalesce(cohort_rows.student_unique_id, 'unknown'),
            ' in cohort ', coalesce(cohort_rows.cohort_identifier, 'unknown'),
            ' from ', coalesce(cast(cohort_rows.begin_date as string), 'an unknown day')
        ) as entity_label,
        cohort_rows.begin_date,
        cohort_rows.end_date,
        cohort_rows.is_active,
        students.student_key is not null as has_student,
        coalesce(students.is_enrolled, false) as is_enrolled,
        cohorts.cohort_key is not null as has_whole,
        cohort_rows.last_modified_at
    from cohort_rows
    left join cohorts on cohorts.cohort_key = cohort_rows.cohort_key
    left join students on students.student_key = cohort_rows.student_key
),

findings as (
    select
        participations.*,
        concat(kind, '_unknown_student') as test_id,
        'error' as severity,
        'The student is not known in this year' as detail
    from participations
    where not has_student
    union all
    select
        participations.*,
        concat(kind, '_unknown') as test_id,
        'warn' as severity,
        concat('The ', kind, ' is not known in this year') as detail
    from participations
    where not has_whole
    union all
    select
        participations.*,
        concat(kind, '_end_before_begin') as test_id,
        'error' as severity,
        concat('The end, ', cast(end_date as string), ', is before the begin') as detail
    from participations
    where end_date < begin_date
    union all
    select
        participations.*,
        concat(kind, '_without_enrollment') as test_id,
        'warn' as severity,
        'Still in it, but not enrolled any more' as detail
    from participations
    where is_active
        and has_student
        and not is_enrolled
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
