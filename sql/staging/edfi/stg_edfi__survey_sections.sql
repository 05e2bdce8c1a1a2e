/* model
description: >-
  One row per live record of survey sections in the Ed-Fi API, typed. The section of questions for the survey.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  survey_section_key:
    type: STRING
    description: >-
      Key of the row: source_id, namespace, survey_identifier, survey_section_title.
  survey_key: {type: STRING, description: "Key of the survey: source_id, namespace, survey_identifier."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  survey_section_title: {type: STRING, description: The title or label for the survey section.}
  evaluation_element_education_organization_id:
    type: INT64
    description: The identifier assigned to an education organization.
  evaluation_element_title: {type: STRING, description: The name or title of the evaluation element.}
  evaluation_objective_title: {type: STRING, description: The name or title of the evaluation objective.}
  evaluation_period: {type: STRING, description: The period for the evaluation.}
  evaluation_title: {type: STRING, description: The name or title of the evaluation.}
  performance_evaluation_title:
    type: STRING
    description: An assigned unique identifier for the performance evaluation.
  performance_evaluation_type: {type: STRING, description: The type of performance evaluation conducted.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  term: {type: STRING, description: The term for the session during the school year.}
  namespace: {type: STRING, description: Namespace for the survey.}
  survey_identifier: {type: STRING, description: The unique survey identifier from the survey tool.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: survey_section_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.survey_sections
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.surveySectionTitle') as survey_section_title,
        safe_cast(
            json_value(data, '$.evaluationElementReference.educationOrganizationId') as int64
        ) as evaluation_element_education_organization_id,
        json_value(data, '$.evaluationElementReference.evaluationElementTitle') as evaluation_element_title,
        json_value(data, '$.evaluationElementReference.evaluationObjectiveTitle') as evaluation_objective_title,
        regexp_extract(
            json_value(data, '$.evaluationElementReference.evaluationPeriodDescriptor'),
            r'[^#]*$'
        ) as evaluation_period,
        json_value(data, '$.evaluationElementReference.evaluationTitle') as evaluation_title,
        json_value(data, '$.evaluationElementReference.performanceEvaluationTitle') as performance_evaluation_title,
        regexp_extract(
            json_value(data, '$.evaluationElementReference.performanceEvaluationTypeDescriptor'),
            r'[^#]*$'
        ) as performance_evaluation_type,
        safe_cast(json_value(data, '$.evaluationElementReference.schoolYear') as int64) as reported_school_year,
        regexp_extract(json_value(data, '$.evaluationElementReference.termDescriptor'), r'[^#]*$') as term,
        json_value(data, '$.surveyReference.namespace') as namespace,
        json_value(data, '$.surveyReference.surveyIdentifier') as survey_identifier,
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
            '\u001f', lower(trim(cast(survey_section_title as string)))
        ))) as survey_section_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string)))
        ))) as survey_key,
        typed.*
    from typed
)

select * from final
