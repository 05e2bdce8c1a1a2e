/* model
description: >-
  Payloads of the answers, one row per response and question, with as many values as were given.
deliver: {pipeline: forms_surveys, resource: /ed-fi/surveyQuestionResponses}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Form, question and id of the response in the target."}
  payload: {type: JSON, description: The document., pii: true}
*/
with responses as (
    select * from delivery.forms_surveys__responses where reason is null
),

questions as (
    select * from delivery.forms_surveys__questions
),

answers as (
    select * from staging.stg_forms__answers
),

final as (
    select
        responses.source_id,
        responses.school_year,
        concat(
            responses.form_id, '/', questions.question_id, '/', responses.survey_response_identifier
        ) as record_key,
        to_json(struct(
            struct(
                any_value(responses.namespace) as namespace,
                responses.form_id as surveyIdentifier,
                questions.question_id as questionCode
            ) as surveyQuestionReference,
            struct(
                any_value(responses.namespace) as namespace,
                responses.form_id as surveyIdentifier,
                responses.survey_response_identifier as surveyResponseIdentifier
            ) as surveyResponseReference,
            array_agg(
                struct(
                    answers.value_number as surveyQuestionResponseValueIdentifier,
                    if(
                        questions.kind in ('SCALE', 'RATING'), safe_cast(answers.value as int64), null
                    ) as numericResponse,
                    substr(answers.value, 1, 2048) as textResponse
                ) order by answers.value_number
            ) as values
        )) as payload
    from responses
    join answers
        on answers.source_id = responses.source_id
        and answers.form_id = responses.form_id
        and answers.response_id = responses.response_id
    join questions
        on questions.source_id = responses.source_id
        and questions.school_year = responses.school_year
        and questions.form_id = responses.form_id
        and questions.question_id = answers.question_id
    group by
        responses.source_id,
        responses.school_year,
        responses.form_id,
        responses.survey_response_identifier,
        questions.question_id
)

select * from final
