/* model
description: >-
  Payloads of the assessments, one row per subject (MAP_Growth_Reading): with the scores, levels, grades and seasons
  that occur in the results.
deliver: {pipeline: nwea_edfi, resource: /ed-fi/assessments}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Identifier of the assessment."}
  payload: {type: JSON, description: The document.}
*/
with results as (
    select * from delivery.nwea_edfi__results where reason is null
),

scores as (
    select * from delivery.nwea_edfi__scores where identification_code = ''
),

assessments as (
    select
        source_id,
        school_year,
        assessment_identifier,
        data_standard,
        namespace,
        assessment_namespace,
        min(assessment_title) as assessment_title,
        min(academic_subject) as academic_subject
    from results
    group by source_id, school_year, assessment_identifier, data_standard, namespace, assessment_namespace
),

methods as (
    select distinct source_id, school_year, assessment_identifier, method, data_type from scores where kind = 'score'
),

method_lists as (
    select
        source_id,
        school_year,
        assessment_identifier,
        array_agg(
            struct(
                method as assessmentReportingMethodDescriptor,
                data_type as resultDatatypeTypeDescriptor
            ) order by method
        ) as methods
    from methods
    group by source_id, school_year, assessment_identifier
),

-- Descriptors are compared without regard to case: one level in two spellings would be there twice.
levels as (
    select
        source_id,
        school_year,
        assessment_identifier,
        method,
        data_type,
        min(level) as spelled
    from scores
    where kind = 'level'
    group by source_id, school_year, assessment_identifier, method, data_type, lower(level)
),

level_lists as (
    select
        source_id,
        school_year,
        assessment_identifier,
        array_agg(
            struct(
                method as assessmentReportingMethodDescriptor,
                spelled as performanceLevelDescriptor,
                data_type as resultDatatypeTypeDescriptor
            ) order by method, spelled
        ) as levels
    from levels
    group by source_id, school_year, assessment_identifier
),

seasons as (
    select distinct
        source_id,
        school_year,
        assessment_identifier,
        concat(namespace, '/AssessmentPeriodDescriptor#', season) as period
    from results
    where data_standard >= 4
),

season_lists as (
    select
        source_id,
        school_year,
        assessment_identifier,
        array_agg(struct(period as assessmentPeriodDescriptor) order by period) as periods
    from seasons
    group by source_id, school_year, assessment_identifier
),

grades as (
    select distinct source_id, school_year, assessment_identifier, grade_level
    from results
    where grade_level is not null
),

grade_lists as (
    select
        source_id,
        school_year,
        assessment_identifier,
        array_agg(struct(grade_level as gradeLevelDescriptor) order by grade_level) as grades
    from grades
    group by source_id, school_year, assessment_identifier
),

final as (
    select
        assessments.source_id,
        assessments.school_year,
        assessments.assessment_identifier as record_key,
        to_json(struct(
            assessments.assessment_identifier as assessmentIdentifier,
            assessments.assessment_namespace as namespace,
            assessments.assessment_title as assessmentTitle,
            'NWEA MAP' as assessmentFamily,
            true as adaptiveAssessment,
            if(assessments.data_standard >= 6, assessments.academic_subject, null) as academicSubjectDescriptor,
            if(
                assessments.data_standard < 6,
                [struct(assessments.academic_subject as academicSubjectDescriptor)],
                null
            ) as academicSubjects,
            grade_lists.grades as assessedGradeLevels,
            season_lists.periods as periods,
            method_lists.methods as scores,
            level_lists.levels as performanceLevels
        )) as payload
    from assessments
    left join method_lists
        on method_lists.source_id = assessments.source_id
        and method_lists.school_year = assessments.school_year
        and method_lists.assessment_identifier = assessments.assessment_identifier
    left join level_lists
        on level_lists.source_id = assessments.source_id
        and level_lists.school_year = assessments.school_year
        and level_lists.assessment_identifier = assessments.assessment_identifier
    left join season_lists
        on season_lists.source_id = assessments.source_id
        and season_lists.school_year = assessments.school_year
        and season_lists.assessment_identifier = assessments.assessment_identifier
    left join grade_lists
        on grade_lists.source_id = assessments.source_id
        and grade_lists.school_year = assessments.school_year
        and grade_lists.assessment_identifier = assessments.assessment_identifier
)

select * from final
