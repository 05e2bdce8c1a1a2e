/* model
description: >-
  Payloads of the results, one row per test that a matched student took: all scores, levels, goals and growth windows
  that NWEA tells, in the form of the target's data standard.
deliver: {pipeline: nwea_edfi, resource: /ed-fi/studentAssessments}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Assessment, id of the test and the student in the target."}
  payload: {type: JSON, description: The document., pii: true}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea__assessment_results."}
  student_unique_id: {type: STRING, description: Id of the student in the target.}
*/
with results as (
    select * from delivery.nwea_edfi__results where reason is null
),

scores as (
    select * from delivery.nwea_edfi__scores
),

score_lists as (
    select
        source_id,
        api_id,
        identification_code,
        array_agg(
            struct(
                method as assessmentReportingMethodDescriptor,
                data_type as resultDatatypeTypeDescriptor,
                result as result
            ) order by method
        ) as scores
    from scores
    where kind = 'score'
    group by source_id, api_id, identification_code
),

level_lists as (
    select
        source_id,
        api_id,
        identification_code,
        array_agg(
            struct(
                method as assessmentReportingMethodDescriptor,
                level as performanceLevelDescriptor,
                if(data_standard < 4, is_met, null) as performanceLevelMet
            ) order by method
        ) as levels
    from scores
    where kind = 'level'
    group by source_id, api_id, identification_code
),

-- Data standard 3 wants a score of each goal.
objective_lists as (
    select
        goals.source_id,
        goals.api_id,
        array_agg(
            struct(
                struct(
                    goals.assessment_identifier as assessmentIdentifier,
                    goals.identification_code as identificationCode,
                    results.assessment_namespace as namespace
                ) as objectiveAssessmentReference,
                score_lists.scores as scoreResults,
                level_lists.levels as performanceLevels
            ) order by goals.identification_code
        ) as objectives
    from delivery.nwea_edfi__goals as goals
    join results on results.source_id = goals.source_id and results.api_id = goals.api_id
    left join score_lists
        on score_lists.source_id = goals.source_id
        and score_lists.api_id = goals.api_id
        and score_lists.identification_code = goals.identification_code
    left join level_lists
        on level_lists.source_id = goals.source_id
        and level_lists.api_id = goals.api_id
        and level_lists.identification_code = goals.identification_code
    where score_lists.scores is not null or (results.data_standard >= 4 and level_lists.levels is not null)
    group by goals.source_id, goals.api_id
),

final as (
    select
        results.source_id,
        results.school_year,
        concat(
            results.assessment_identifier,
            '/', results.student_assessment_identifier,
            '/', results.student_unique_id
        ) as record_key,
        to_json(struct(
            results.student_assessment_identifier as studentAssessmentIdentifier,
            struct(
                results.assessment_identifier as assessmentIdentifier,
                results.assessment_namespace as namespace
            ) as assessmentReference,
            struct(results.student_unique_id as studentUniqueId) as studentReference,
            struct(results.term_school_year as schoolYear) as schoolYearTypeReference,
            results.administration_date as administrationDate,
            if(results.data_standard >= 4, results.duration_minutes, null) as assessedMinutes,
            results.grade_level as whenAssessedGradeLevelDescriptor,
            if(
                results.data_standard >= 4,
                struct(
                    concat(results.namespace, '/AssessmentPeriodDescriptor#', results.season)
                        as assessmentPeriodDescriptor
                ),
                null
            ) as period,
            if(
                results.data_standard >= 4 and results.school_id is not null,
                struct(results.school_id as schoolId),
                null
            ) as reportedSchoolReference,
            if(
                results.data_standard >= 4 and results.school_id is null,
                substr(results.school_state_id, 1, 60),
                null
            ) as reportedSchoolIdentifier,
            score_lists.scores as scoreResults,
            level_lists.levels as performanceLevels,
            objective_lists.objectives as studentObjectiveAssessments
        )) as payload,
        results.api_id,
        results.student_unique_id
    from results
    left join score_lists
        on score_lists.source_id = results.source_id
        and score_lists.api_id = results.api_id
        and score_lists.identification_code = ''
    left join level_lists
        on level_lists.source_id = results.source_id
        and level_lists.api_id = results.api_id
        and level_lists.identification_code = ''
    left join objective_lists
        on objective_lists.source_id = results.source_id and objective_lists.api_id = results.api_id
)

select * from final
