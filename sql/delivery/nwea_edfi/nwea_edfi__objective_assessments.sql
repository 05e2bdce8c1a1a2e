/* model
description: >-
  Payloads of the objectives of the assessments, one row per subject and goal: instructional areas of MAP Growth by
  their names, with the scores and levels that occur in the results.
deliver: {pipeline: nwea_edfi, resource: /ed-fi/objectiveAssessments}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Identifier of the assessment and code of the objective."}
  payload: {type: JSON, description: The document.}
*/
with results as (
    select * from delivery.nwea_edfi__results where reason is null
),

goals as (
    select
        goals.source_id,
        goals.school_year,
        goals.assessment_identifier,
        goals.identification_code,
        results.assessment_namespace,
        min(goals.goal_name) as goal_name,
        min(results.academic_subject) as academic_subject
    from delivery.nwea_edfi__goals as goals
    join results on results.source_id = goals.source_id and results.api_id = goals.api_id
    group by
        goals.source_id,
        goals.school_year,
        goals.assessment_identifier,
        goals.identification_code,
        results.assessment_namespace
),

scores as (
    select distinct
        source_id,
        school_year,
        assessment_identifier,
        identification_code,
        kind,
        method,
        data_type,
        level
    from delivery.nwea_edfi__scores
    where identification_code != ''
),

method_lists as (
    select
        source_id,
        school_year,
        assessment_identifier,
        identification_code,
        array_agg(
            struct(
                method as assessmentReportingMethodDescriptor,
                data_type as resultDatatypeTypeDescriptor
            ) order by method
        ) as methods
    from scores
    where kind = 'score'
    group by source_id, school_year, assessment_identifier, identification_code
),

-- Descriptors are compared without regard to case: one level in two spellings would be there twice.
levels as (
    select
        source_id,
        school_year,
        assessment_identifier,
        identification_code,
        method,
        data_type,
        min(level) as spelled
    from scores
    where kind = 'level'
    group by source_id, school_year, assessment_identifier, identification_code, method, data_type, lower(level)
),

level_lists as (
    select
        source_id,
        school_year,
        assessment_identifier,
        identification_code,
        array_agg(
            struct(
                method as assessmentReportingMethodDescriptor,
                spelled as performanceLevelDescriptor,
                data_type as resultDatatypeTypeDescriptor
            ) order by method, spelled
        ) as levels
    from levels
    group by source_id, school_year, assessment_identifier, identification_code
),

final as (
    select
        goals.source_id,
        goals.school_year,
        concat(goals.assessment_identifier, '/', goals.identification_code) as record_key,
        to_json(struct(
            goals.identification_code as identificationCode,
            struct(
                goals.assessment_identifier as assessmentIdentifier,
                goals.assessment_namespace as namespace
            ) as assessmentReference,
            goals.academic_subject as academicSubjectDescriptor,
            goals.goal_name as description,
            method_lists.methods as scores,
            level_lists.levels as performanceLevels
        )) as payload
    from goals
    left join method_lists
        on method_lists.source_id = goals.source_id
        and method_lists.school_year = goals.school_year
        and method_lists.assessment_identifier = goals.assessment_identifier
        and method_lists.identification_code = goals.identification_code
    left join level_lists
        on level_lists.source_id = goals.source_id
        and level_lists.school_year = goals.school_year
        and level_lists.assessment_identifier = goals.assessment_identifier
        and level_lists.identification_code = goals.identification_code
)

select * from final
