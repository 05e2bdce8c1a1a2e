/* model
description: >-
  One row per administration of an assessment, or result, and test of these that it fails.
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
with administrations as (
    select * from marts.fct_student_assessment
),

results as (
    select * from marts.fct_student_assessment_score
),

assessments as (
    select * from marts.dim_assessment
),

labelled as (
    select
        administrations.*,
        assessments.assessment_key is not null as has_assessment,
        concat(
            coalesce(assessments.title, administrations.assessment_identifier, 'Assessment'),
            ' of student ', coalesce(administrations.student_unique_id, 'unknown'),
            coalesce(concat(' on ', cast(administrations.administration_date as string)), '')
        ) as entity_label
    from administrations
    left join assessments on administrations.assessment_key = assessments.assessment_key
),

findings as (
    select
        labelled.*,
        'assessment_unknown_student' as test_id,
        'warn' as severity,
        'The student is not known in this year' as detail
    from labelled
    where not is_in_student_dim
    union all
    select
        labelled.*,
        'assessment_unknown_assessment' as test_id,
        'warn' as severity,
        concat('The assessment ', coalesce(assessment_identifier, 'without id'), ' is not known in this year') as detail
    from labelled
    where not has_assessment
    union all
    select
        labelled.*,
        'assessment_outside_enrollment' as test_id,
        'info' as severity,
        'The student is not enrolled on that day, and no school is reported' as detail
    from labelled
    where is_in_student_dim
        and school_key is null
    union all
    select
        labelled.*,
        'assessment_without_result' as test_id,
        'info' as severity,
        'Has no result, and no reason why the student was not tested' as detail
    from labelled
    where not has_result
        and reason_not_tested is null
),

final as (
    select
        test_id,
        severity,
        'marts.fct_student_assessment' as model,
        source_id,
        school_year,
        school_key,
        student_assessment_key as entity_key,
        entity_label,
        detail,
        last_modified_at as first_seen_at
    from findings
    union all
    select
        'assessment_result_not_a_number' as test_id,
        'warn' as severity,
        'marts.fct_student_assessment_score' as model,
        results.source_id,
        results.school_year,
        labelled.school_key,
        results.student_assessment_score_key as entity_key,
        coalesce(labelled.entity_label, 'Assessment') as entity_label,
        concat(
            coalesce(results.reporting_method, 'The result'),
            coalesce(concat(' of ', results.identification_code), ''),
            ' is reported as ', results.result_data_type,
            ' and is "', coalesce(results.result_text, ''), '"'
        ) as detail,
        results.last_modified_at as first_seen_at
    from results
    left join labelled on results.student_assessment_key = labelled.student_assessment_key
    where results.kind = 'score'
        and results.result_number is null
        and lower(trim(results.result_data_type)) in ('integer', 'decimal', 'percentage', 'percentile')
)

select * from final
