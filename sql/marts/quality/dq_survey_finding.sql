/* model
description: >-
  One row per answer to a survey and test of it that it fails.
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
with answers as (
    select * from marts.fct_survey_response
),

questions as (
    select * from marts.dim_survey_question
),

students as (
    select * from marts.dim_student
),

tested as (
    select
        'marts.fct_survey_response' as model,
        answers.source_id,
        answers.school_year,
        answers.survey_school_key as school_key,
        answers.survey_answer_key as entity_key,
        concat(
            'Response ', coalesce(answers.survey_response_identifier, 'without an id'),
            ' to survey ', coalesce(answers.survey_identifier, 'unknown'),
            if(answers.question_code is null, '', concat(', question ', answers.question_code))
        ) as entity_label,
        answers.last_modified_at,
        answers.is_primary_response_row,
        answers.question_code is not null and questions.survey_question_key is null as lacks_question,
        answers.response_date is null as lacks_response,
        answers.student_key is not null and students.student_key is null as lacks_student
    from answers
    left join questions on questions.survey_question_key = answers.survey_question_key
    left join students on students.student_key = answers.student_key
),

findings as (
    select
        tested.*,
        'survey_answer_unknown_question' as test_id,
        'warn' as severity,
        'The question is not known' as detail
    from tested
    where lacks_question
    union all
    select
        tested.*,
        'survey_response_unknown' as test_id,
        'warn' as severity,
        'The response itself is not known, or has no day' as detail
    from tested
    where lacks_response
        and is_primary_response_row
    union all
    select
        tested.*,
        'survey_response_unknown_student' as test_id,
        'warn' as severity,
        'The student is not known in this year' as detail
    from tested
    where lacks_student
        and is_primary_response_row
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
