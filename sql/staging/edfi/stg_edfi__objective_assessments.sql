/* model
description: >-
  One row per live record of objective assessments in the Ed-Fi API, typed. This entity represents subtests that assess
  specific learning objectives.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  objective_assessment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, namespace, assessment_identifier, identification_code.
  assessment_key:
    type: STRING
    description: >-
      Key of the assessment: source_id, school_year, namespace, assessment_identifier.
  parent_objective_assessment_key:
    type: STRING
    description: >-
      Key of the parent objective assessment: source_id, school_year, namespace, assessment_identifier,
      parent_identification_code.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  identification_code:
    type: STRING
    description: >-
      A unique number or alphanumeric code assigned to an objective assessment by a school, school system, a state, or
      other agency or entity.
  assessment_identifier: {type: STRING, description: A unique number or alphanumeric code assigned to an assessment.}
  namespace: {type: STRING, description: Namespace for the assessment.}
  academic_subject: {type: STRING, description: The subject area of the objective assessment.}
  description:
    type: STRING
    description: The description of the objective assessment (e.g., vocabulary, measurement, or geometry).
  max_raw_score:
    type: NUMERIC
    description: >-
      The maximum raw score achievable across all assessment items that are correct and scored at the maximum.
  nomenclature:
    type: STRING
    description: Reflects the specific nomenclature used for this level of objective assessment.
  percent_of_assessment: {type: NUMERIC, description: The percentage of the assessment that tests this objective.}
  parent_identification_code:
    type: STRING
    description: >-
      A unique number or alphanumeric code assigned to an objective assessment by a school, school system, a state, or
      other agency or entity.
  assessment_items: {type: JSON, description: "References individual test items, if appropriate."}
  learning_standards: {type: JSON, description: Learning standard tested by this objective assessment.}
  parent_objective_assessments:
    type: JSON
    description: >-
      Provide user information to lookup and link to the parent objective assessment containing this objective
      assessment.
  performance_levels: {type: JSON, description: Definition of the performance levels and the associated cut scores.}
  scores: {type: JSON, description: Definition of the scores to be expected from this objective assessment.}
  learning_objectives: {type: JSON, description: References the LearningObjective(s) the ObjectiveAssessment tests.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: objective_assessment_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.objective_assessments
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.identificationCode') as identification_code,
        coalesce(
            json_value(data, '$.assessmentReference.assessmentIdentifier'),
            json_value(data, '$.parentObjectiveAssessmentReference.assessmentIdentifier')
        ) as assessment_identifier,
        coalesce(
            json_value(data, '$.assessmentReference.namespace'),
            json_value(data, '$.parentObjectiveAssessmentReference.namespace')
        ) as namespace,
        regexp_extract(json_value(data, '$.academicSubjectDescriptor'), r'[^#]*$') as academic_subject,
        json_value(data, '$.description') as description,
        safe_cast(json_value(data, '$.maxRawScore') as numeric) as max_raw_score,
        json_value(data, '$.nomenclature') as nomenclature,
        safe_cast(json_value(data, '$.percentOfAssessment') as numeric) as percent_of_assessment,
        coalesce(
            json_value(data, '$.parentObjectiveAssessmentReference.identificationCode'),
            json_value(data, '$.parentObjectiveAssessments[0].parentObjectiveAssessmentReference.identificationCode')
        ) as parent_identification_code,
        json_query(data, '$.assessmentItems') as assessment_items,
        json_query(data, '$.learningStandards') as learning_standards,
        json_query(data, '$.parentObjectiveAssessments') as parent_objective_assessments,
        json_query(data, '$.performanceLevels') as performance_levels,
        json_query(data, '$.scores') as scores,
        json_query(data, '$.learningObjectives') as learning_objectives,
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
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string))),
            '\u001f', lower(trim(cast(identification_code as string)))
        ))) as objective_assessment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string)))
        ))) as assessment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string))),
            '\u001f', lower(trim(cast(parent_identification_code as string)))
        ))) as parent_objective_assessment_key,
        typed.*
    from typed
)

select * from final
