/* model
description: One row per live record of survey questions in the Ed-Fi API, typed. The questions for the survey.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  survey_question_key:
    type: STRING
    description: >-
      Key of the row: source_id, namespace, survey_identifier, question_code.
  survey_key: {type: STRING, description: "Key of the survey: source_id, namespace, survey_identifier."}
  survey_section_key:
    type: STRING
    description: >-
      Key of the survey section: source_id, namespace, survey_identifier, survey_section_title.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  question_code: {type: STRING, description: "The identifying code for the question, unique for the survey."}
  namespace: {type: STRING, description: Namespace for the survey.}
  survey_identifier: {type: STRING, description: The unique survey identifier from the survey tool.}
  survey_section_title: {type: STRING, description: The title or label for the survey section.}
  question_form: {type: STRING, description: The form or type of question.}
  question_text: {type: STRING, description: The text of the question.}
  matrices: {type: JSON, description: Information about the matrix element in the survey.}
  response_choices: {type: JSON, description: The optional list of possible responses to a survey question.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: survey_question_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.survey_questions
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.questionCode') as question_code,
        coalesce(
            json_value(data, '$.surveyReference.namespace'),
            json_value(data, '$.surveySectionReference.namespace')
        ) as namespace,
        coalesce(
            json_value(data, '$.surveyReference.surveyIdentifier'),
            json_value(data, '$.surveySectionReference.surveyIdentifier')
        ) as survey_identifier,
        json_value(data, '$.surveySectionReference.surveySectionTitle') as survey_section_title,
        regexp_extract(json_value(data, '$.questionFormDescriptor'), r'[^#]*$') as question_form,
        json_value(data, '$.questionText') as question_text,
        json_query(data, '$.matrices') as matrices,
        json_query(data, '$.responseChoices') as response_choices,
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
            '\u001f', lower(trim(cast(survey_section_title as string)))
        ))) as survey_section_key,
        typed.*
    from typed
)

select * from final
