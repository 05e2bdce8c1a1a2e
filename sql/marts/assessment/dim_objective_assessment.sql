/* model
description: >-
  One row per objective of an assessment (a strand, a subtest, a goal area) and school year.
materialize: table
key: [objective_assessment_key]
access: everyone
cluster: [source_id, school_year]
columns:
  objective_assessment_key:
    type: STRING
    description: "Key of the row: source_id, school_year, namespace, assessment_identifier, identification_code."
  assessment_key: {type: STRING, description: The assessment it is part of.}
  parent_objective_assessment_key:
    type: STRING
    description: "The objective it is part of, the first one where there are several; NULL at the top."
  parent_objective_assessment_keys:
    type: ARRAY<STRING>
    description: All objectives it is part of; since data standard 6 there can be several.
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  namespace: {type: STRING, description: Whose assessment it is.}
  assessment_identifier: {type: STRING, description: Id of the assessment in its namespace.}
  identification_code: {type: STRING, description: Id of the objective in its assessment.}
  title: {type: STRING, description: "Description; without one the nomenclature, or the identification code."}
  description: {type: STRING, description: Description as reported.}
  nomenclature: {type: STRING, description: Name of this level of objectives.}
  subject: {type: STRING, description: Academic subject; that of the assessment where it has none of its own.}
  max_raw_score: {type: NUMERIC, description: Highest possible raw score.}
  percent_of_assessment: {type: NUMERIC, description: Share of the assessment that tests this objective.}
  is_top_level: {type: BOOL, description: Is part of no other objective.}
  last_modified_at: {type: TIMESTAMP, description: When the objective was last changed.}
tests:
  - not_null: [source_id, school_year, identification_code, is_top_level]
  - relationship: {column: assessment_key, to: marts.dim_assessment, min_match: 0.99, severity: warn}
  - relationship:
      column: parent_objective_assessment_key
      to: marts.dim_objective_assessment
      min_match: 0.99
      severity: warn
*/
with objective_assessments as (
    select * from staging.stg_edfi__objective_assessments where objective_assessment_key is not null
),

assessments as (
    select * from marts.dim_assessment
),

-- Until data standard 5 there is one parent, in the same assessment; since 6 there is a list.
parents as (
    select
        objective_assessment_key,
        parent_objective_assessment_key as parent_key,
        -1 as position
    from objective_assessments
    where json_query(parent_objective_assessments, '$') is null
    union all
    select
        objective_assessments.objective_assessment_key,
        to_hex(md5(concat(
            lower(trim(objective_assessments.source_id)),
            '\u001f', cast(objective_assessments.school_year as string),
            '\u001f', lower(trim(json_value(item, '$.parentObjectiveAssessmentReference.namespace'))),
            '\u001f', lower(trim(json_value(item, '$.parentObjectiveAssessmentReference.assessmentIdentifier'))),
            '\u001f', lower(trim(json_value(item, '$.parentObjectiveAssessmentReference.identificationCode')))
        ))) as parent_key,
        position
    from objective_assessments
    cross join unnest(json_query_array(objective_assessments.parent_objective_assessments)) as item
        with offset as position
),

parent_lists as (
    select
        objective_assessment_key,
        array_agg(parent_key order by position, parent_key) as parent_keys
    from parents
    where parent_key is not null
    group by objective_assessment_key
),

final as (
    select
        objective_assessments.objective_assessment_key,
        objective_assessments.assessment_key,
        parent_lists.parent_keys[safe_offset(0)] as parent_objective_assessment_key,
        coalesce(parent_lists.parent_keys, cast([] as array<string>)) as parent_objective_assessment_keys,
        objective_assessments.source_id,
        objective_assessments.school_year,
        objective_assessments.namespace,
        objective_assessments.assessment_identifier,
        objective_assessments.identification_code,
        coalesce(
            objective_assessments.description,
            objective_assessments.nomenclature,
            objective_assessments.identification_code
        ) as title,
        objective_assessments.description,
        objective_assessments.nomenclature,
        coalesce(objective_assessments.academic_subject, assessments.subject) as subject,
        objective_assessments.max_raw_score,
        objective_assessments.percent_of_assessment,
        parent_lists.objective_assessment_key is null as is_top_level,
        objective_assessments.last_modified_at
    from objective_assessments
    left join assessments on objective_assessments.assessment_key = assessments.assessment_key
    left join parent_lists
        on objective_assessments.objective_assessment_key = parent_lists.objective_assessment_key
)

select * from final
