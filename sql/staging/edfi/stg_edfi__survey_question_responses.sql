/* model
description: >-
  One row per live record of survey question responses in the Ed-Fi API, typed. The response to a survey question.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  survey_question_response_key:
    type: STRING
    description: >-
      Key of the row: source_id, namespace, survey_identifier, survey_response_identifier, question_code.
  survey_question_key:
    type: STRING
    description: >-
      Key of the survey question: source_id, namespace, survey_identifier, question_code.
  survey_key: {type: STRING, description: "Key of the survey: source_id, namespace, survey_identifier."}
  survey_response_key:
    type: STRING
    description: >-
      Key of the survey response: source_id, namespace, survey_identifier, survey_response_identifier.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  namespace: {type: STRING, description: Namespace for the survey.}
  question_code: {type: STRING, description: "The identifying code for the question, unique for the survey."}
  survey_identifier: {type: STRING, description: The unique survey identifier from the survey tool.}
  survey_response_identifier:
    type: STRING
    description: The identifier of the survey typically from the survey application.
  comment:
    type: STRING
    description: Additional information provided by the responder about the question in the survey.
  no_response: {type: BOOL, description: Indicates there was no response to the question.}
  survey_question_matrix_element_responses:
    type: JSON
    description: For matrix questions, the response for each row of the matrix.
  values: {type: JSON, description: "For free-form, single- or multiple-selection questions, one or more responses."}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: survey_question_response_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.survey_question_responses
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        coalesce(
            json_value(data, '$.surveyQuestionReference.namespace'),
            json_value(data, '$.surveyResponseReference.namespace')
        ) as namespace,
        json_value(data, '$.surveyQuestionReference.questionCode') as question_code,
        coalesce(
            json_value(data, '$.surveyQuestionReference.surveyIdentifier'),
            json_value(data, '$.surveyResponseReference.surveyIdentifier')
        ) as survey_identifier,
        json_value(data, '$.surveyResponseReference.surveyResponseIdentifier') as survey_response_identifier,
        json_value(data, '$.comment') as comment,
        lax_bool(json_query(data, '$.noResponse')) as no_response,
        json_query(data, '$.surveyQuestionMatrixElementResponses') as survey_question_matrix_element_responses,
        json_query(data, '$.values') as values,
        json_query(data, '$._ext') as extensions,
        coalesce(
            safe_cast(regexp_replace(json_value(data, '$._lastModifiedDate'), r'([.]\d{6})\d+', r'\1') as timestamp),
            extracted_at
        ) as last_modified_at
    from records
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string))),
            '\u001f', lower(trim(cast(survey_response_identifier as string))),
            '\u001f', lower(trim(cast(question_code as string)))
        ))) as survey_question_response_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string))),
            '\u001f', lower(trim(cast(question_code as string)))
        ))) as survey_question_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string)))
        ))) as survey_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string))),
            '\u001f', lower(trim(cast(survey_response_identifier as string)))
        ))) as survey_response_key,
        typed.*
    from typed
)

select * from final
