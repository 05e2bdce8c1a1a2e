/* model
description: >-
  One row per result of an administration, of the whole assessment or of one of its objectives: a score, or a
  performance level. An administration without a result has no row. Enrollment has no part in it, so no result is lost
  or doubled by one.
materialize: table
key: [student_assessment_score_key]
cluster: [school_year, assessment_key, student_key]
columns:
  student_assessment_score_key:
    type: STRING
    description: >-
      Key of the row: administration, objective, kind, reporting method and, of a performance level, the level.
  student_assessment_key: {type: STRING, description: "The administration, in fct_student_assessment."}
  objective_assessment_key: {type: STRING, description: The objective; NULL of a result of the whole assessment.}
  assessment_key: {type: STRING, description: The assessment.}
  student_key: {type: STRING, description: Student of that year.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  assessment_identifier: {type: STRING, description: Id of the assessment in its namespace.}
  student_assessment_identifier: {type: STRING, description: Id of the administration.}
  identification_code: {type: STRING, description: Id of the objective in its assessment.}
  is_overall: {type: BOOL, description: A result of the whole assessment.}
  kind: {type: STRING, description: score or performance_level.}
  reporting_method: {type: STRING, description: How the result is reported.}
  reporting_method_namespace:
    type: STRING
    description: "Namespace of the reporting method, which says whose code it is."
  measure:
    type: STRING
    description: >-
      What the score is, by ref.assessment_scores; NULL when its reporting method is not mapped. Of a performance level
      performance_level.
  result_text: {type: STRING, description: The result as reported; of a performance level its code.}
  result_number: {type: NUMERIC, description: The result as a number; NULL when it is none.}
  result_data_type: {type: STRING, description: What the source says the result is; of a performance level Level.}
  performance_level_namespace: {type: STRING, description: Namespace of the performance level.}
  performance_level_indicator:
    type: STRING
    description: "What the level is about, where an assessment gives levels of several things."
  performance_level_order:
    type: INT64
    description: >-
      Place among the levels by ref.assessment_levels, higher is better.
  is_proficient: {type: BOOL, description: The level meets the standard by ref.assessment_levels.}
  is_met:
    type: BOOL
    description: >-
      Of a performance level, whether it was met; true where the source lists only what was. NULL of a score.
  last_modified_at: {type: TIMESTAMP, description: When the administration was last changed.}
tests:
  - not_null: [student_assessment_key, source_id, school_year, is_overall, kind]
  - accepted_values: {column: kind, values: [score, performance_level]}
  - expression: {name: level_says_whether_met, sql: "kind = 'score' or is_met is not null"}
  - expression:
      name: number_is_a_number
      sql: "result_number is not null or coalesce(result_data_type, '') not in ('Integer', 'Decimal', 'Percentage')"
      severity: warn
  - relationship: {column: assessment_key, to: marts.dim_assessment, min_match: 0.99, severity: warn}
  - relationship:
      column: objective_assessment_key
      to: marts.dim_objective_assessment
      min_match: 0.99
      severity: warn
*/
with student_assessments as (
    select
        *,
        -- A record without its whole natural key stands for itself.
        coalesce(
            student_assessment_key,
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as administration_key
    from staging.stg_edfi__student_assessments
),

assessment_scores as (
    select * from ref.assessment_scores
),

assessment_levels as (
    select * from ref.assessment_levels
),

result_lists as (
    select
        administration_key,
        cast(null as string) as identification_code,
        cast(null as string) as objective_assessment_key,
        true as is_overall,
        -1 as position,
        score_results,
        performance_levels
    from student_assessments
    union all
    select
        student_assessments.administration_key,
        json_value(item, '$.objectiveAssessmentReference.identificationCode') as identification_code,
        to_hex(md5(concat(
            lower(trim(student_assessments.source_id)),
            '\u001f', cast(student_assessments.school_year as string),
            '\u001f', lower(trim(json_value(item, '$.objectiveAssessmentReference.namespace'))),
            '\u001f', lower(trim(json_value(item, '$.objectiveAssessmentReference.assessmentIdentifier'))),
            '\u001f', lower(trim(json_value(item, '$.objectiveAssessmentReference.identificationCode')))
        ))) as objective_assessment_key,
        false as is_overall,
        position,
        json_query(item, '$.scoreResults') as score_results,
        json_query(item, '$.performanceLevels') as performance_levels
    from student_assessments
    cross join unnest(json_query_array(student_assessments.student_objective_assessments)) as item
        with offset as position
),

results as (
    select
        result_lists.administration_key,
        result_lists.identification_code,
        result_lists.objective_assessment_key,
        result_lists.is_overall,
        result_lists.position,
        'score' as kind,
        json_value(item, '$.assessmentReportingMethodDescriptor') as reporting_method_descriptor,
        json_value(item, '$.result') as result_text,
        regexp_extract(json_value(item, '$.resultDatatypeTypeDescriptor'), r'[^#]*$') as result_data_type,
        cast(null as string) as performance_level_namespace,
        cast(null as string) as performance_level_indicator,
        cast(null as bool) as is_met
    from result_lists
    cross join unnest(json_query_array(result_lists.score_results)) as item
    union all
    select
        result_lists.administration_key,
        result_lists.identification_code,
        result_lists.objective_assessment_key,
        result_lists.is_overall,
        result_lists.position,
        'performance_level' as kind,
        json_value(item, '$.assessmentReportingMethodDescriptor') as reporting_method_descriptor,
        regexp_extract(json_value(item, '$.performanceLevelDescriptor'), r'[^#]*$') as result_text,
        'Level' as result_data_type,
        regexp_extract(json_value(item, '$.performanceLevelDescriptor'), r'^(.*)#') as performance_level_namespace,
        json_value(item, '$.performanceLevelIndicatorName') as performance_level_indicator,
        -- Data standard 3 lists every level and says which were met; since 4 the list holds those that were.
        coalesce(lax_bool(json_query(item, '$.performanceLevelMet')), true) as is_met
    from result_lists
    cross join unnest(json_query_array(result_lists.performance_levels)) as item
),

named as (
    select
        results.*,
        student_assessments.source_id,
        regexp_extract(results.reporting_method_descriptor, r'[^#]*$') as reporting_method,
        regexp_extract(results.reporting_method_descriptor, r'^(.*)#') as reporting_method_namespace
    from results
    inner join student_assessments on results.administration_key = student_assessments.administration_key
),

-- The maps are matched once for each code in use, not for each result.
measures as (
    select codes.source_id, codes.namespace, codes.code, assessment_scores.measure
    from (
        select distinct source_id, coalesce(reporting_method_namespace, '*') as namespace, reporting_method as code
        from named
    ) as codes
    inner join assessment_scores
        on assessment_scores.source_id in (codes.source_id, '*')
        and assessment_scores.namespace in (codes.namespace, '*')
        and lower(trim(assessment_scores.code)) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(assessment_scores.source_id = '*', 1, 0), if(assessment_scores.namespace = '*', 1, 0)
    ) = 1
),

measured as (
    select
        named.*,
        if(named.kind = 'score', measures.measure, 'performance_level') as measure
    from named
    left join measures
        on named.source_id = measures.source_id
        and coalesce(named.reporting_method_namespace, '*') = measures.namespace
        and named.reporting_method = measures.code
),

-- Some vendors send a level as a score whose reporting method is mapped to performance_level.
levels as (
    select
        codes.source_id,
        codes.namespace,
        codes.code,
        assessment_levels.performance_level_order,
        assessment_levels.is_proficient
    from (
        select distinct source_id, coalesce(performance_level_namespace, '*') as namespace, result_text as code
        from measured
        where measure = 'performance_level'
    ) as codes
    inner join assessment_levels
        on assessment_levels.source_id in (codes.source_id, '*')
        and assessment_levels.namespace in (codes.namespace, '*')
        and lower(trim(assessment_levels.code)) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(assessment_levels.source_id = '*', 1, 0), if(assessment_levels.namespace = '*', 1, 0)
    ) = 1
),

keyed as (
    select
        measured.*,
        levels.performance_level_order,
        levels.is_proficient,
        to_hex(md5(concat(
            measured.administration_key,
            '\u001f', if(
                measured.is_overall,
                '',
                coalesce(measured.objective_assessment_key, cast(measured.position as string))
            ),
            '\u001f', measured.kind,
            '\u001f', coalesce(lower(trim(measured.reporting_method_descriptor)), ''),
            '\u001f', coalesce(lower(trim(measured.performance_level_namespace)), ''),
            '\u001f', coalesce(lower(trim(measured.performance_level_indicator)), ''),
            '\u001f', if(measured.kind = 'score', '', coalesce(lower(trim(measured.result_text)), ''))
        ))) as student_assessment_score_key
    from measured
    left join levels
        on measured.source_id = levels.source_id
        and coalesce(measured.performance_level_namespace, '*') = levels.namespace
        and measured.result_text = levels.code
        and measured.measure = 'performance_level'
),

-- A result listed twice is one result.
distinct_results as (
    select *
    from keyed
    where true
    qualify row_number() over (
        partition by student_assessment_score_key
        order by if(is_met, 0, 1), result_text, result_data_type
    ) = 1
),

final as (
    select
        distinct_results.student_assessment_score_key,
        student_assessments.administration_key as student_assessment_key,
        distinct_results.objective_assessment_key,
        student_assessments.assessment_key,
        student_assessments.student_key,
        student_assessments.source_id,
        student_assessments.school_year,
        student_assessments.student_unique_id,
        student_assessments.assessment_identifier,
        student_assessments.student_assessment_identifier,
        distinct_results.identification_code,
        distinct_results.is_overall,
        distinct_results.kind,
        distinct_results.reporting_method,
        distinct_results.reporting_method_namespace,
        distinct_results.measure,
        distinct_results.result_text,
        if(
            distinct_results.kind = 'score',
            safe_cast(trim(distinct_results.result_text) as numeric),
            null
        ) as result_number,
        distinct_results.result_data_type,
        distinct_results.performance_level_namespace,
        distinct_results.performance_level_indicator,
        distinct_results.performance_level_order,
        distinct_results.is_proficient,
        distinct_results.is_met,
        student_assessments.last_modified_at
    from distinct_results
    inner join student_assessments
        on distinct_results.administration_key = student_assessments.administration_key
)

select * from final
