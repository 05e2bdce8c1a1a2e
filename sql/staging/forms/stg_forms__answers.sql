/* model
description: >-
  One row per response, question and value: a checkbox may have several. Of an uploaded file the value is its name.
materialize: table
key: [source_id, form_id, response_id, question_id, value_number]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  form_id: {type: STRING, description: Id of the form.}
  response_id: {type: STRING, description: Id of the response.}
  question_id: {type: STRING, description: Id of the question.}
  value_number: {type: INT64, description: "Place of the value among those of the question, from 1."}
  value: {type: STRING, description: What was answered., pii: true}
*/
with responses as (
    select
        source_id,
        json_value(data, '$._parents.form') as form_id,
        json_value(data, '$.responseId') as response_id,
        to_json_string(json_query(data, '$.answers')) as answers
    from current_forms.responses
),

-- Answers lie under the ids of their questions. A quote in what somebody wrote is escaped, so it ends no name.
answered as (
    select distinct
        responses.source_id,
        responses.form_id,
        responses.response_id,
        responses.answers,
        question_id
    from responses
    cross join unnest(regexp_extract_all(responses.answers, r'"questionId"\s*:\s*"([^"\\]+)"')) as question_id
),

answers as (
    select * except (answers), parse_json(answers)[question_id] as answer from answered
),

given_values as (
    select
        answers.source_id,
        answers.form_id,
        answers.response_id,
        answers.question_id,
        place + 1 as value_number,
        json_value(item, '$.value') as value
    from answers
    cross join unnest(json_query_array(answers.answer, '$.textAnswers.answers')) as item with offset as place
    union all
    select
        answers.source_id,
        answers.form_id,
        answers.response_id,
        answers.question_id,
        place + 1,
        coalesce(json_value(item, '$.fileName'), json_value(item, '$.fileId'))
    from answers
    cross join unnest(json_query_array(answers.answer, '$.fileUploadAnswers.answers')) as item with offset as place
),

final as (
    select * from given_values where value != ''
)

select * from final
