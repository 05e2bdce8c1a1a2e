/* model
description: >-
  One row per result that is sent, objective of it (or none) and measure: what becomes a score or a performance level.
  A level that NWEA leaves empty is no row; a projection that is missing is not one that was missed.
materialize: table
optional:
  - staging.stg_nwea__assessment_scores
  - staging.stg_nwea__assessment_projections
  - staging.stg_nwea_partner__result_scores
key: [source_id, api_id, identification_code, measure]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  api_id: {type: STRING, description: "Id of the result, as in nwea_edfi__results."}
  school_year: {type: INT64, description: The target's school year.}
  namespace: {type: STRING, description: Beginning of all namespaces that are written.}
  data_standard: {type: INT64, description: The target's data standard.}
  assessment_identifier: {type: STRING, description: The assessment.}
  identification_code: {type: STRING, description: Code of the objective; empty for the test as a whole.}
  measure: {type: STRING, description: "What is told, such as RIT Scale Score."}
  method: {type: STRING, description: "Its descriptor, of assessmentReportingMethodDescriptors."}
  kind: {type: STRING, description: "score or level."}
  data_type: {type: STRING, description: "Its descriptor, of resultDatatypeTypeDescriptors."}
  result: {type: STRING, description: "The value, at most 35 long; of a level its code."}
  level: {type: STRING, description: "Its descriptor, of performanceLevelDescriptors; NULL for a score."}
  is_met: {type: BOOL, description: "Whether the level was met, for data standard 3: not where it is called No or Not."}
tests:
  - not_null: [method, data_type, result]
  - expression: {name: results_fit, sql: length(result) <= 35}
  - expression: {name: codes_of_descriptors_fit, sql: length(measure) <= 50}
  - expression: {name: levels_have_descriptors, sql: (kind = 'level') = (level is not null)}
*/
with results as (
    select * from delivery.nwea_edfi__results where reason is null
),

goals as (
    select * from delivery.nwea_edfi__goals
),

goal_scores as (
    select
        goals.source_id,
        goals.api_id,
        goals.identification_code,
        item.measure,
        item.kind,
        item.data_type,
        item.result
    from goals
    cross join unnest([
        struct(
            'RIT Scale Score' as measure,
            'score' as kind,
            'Integer' as data_type,
            rit as result
        ),
        ('SEM', 'score', 'Decimal', rit_se),
        ('Goal Range', 'score', 'Range', rit_range),
        ('Goal Adjective', 'level', 'Level', adjective)
    ]) as item
),

named_projections as (
    select
        source_id,
        api_id,
        study_number,
        concat('Projected Proficiency: ', study) as name,
        level
    from staging.stg_nwea__assessment_projections
),

-- A code of a descriptor has 50 characters: of a longer name its beginning and a hash.
projections as (
    select
        source_id,
        api_id,
        if(
            length(name) <= 50, name, concat(substr(name, 1, 41), ' ', substr(to_hex(md5(lower(name))), 1, 8))
        ) as measure,
        level
    from named_projections
    where true
    qualify row_number() over (partition by source_id, api_id, lower(name) order by study_number) = 1
),

told as (
    select source_id, api_id, measure, kind, data_type, result from staging.stg_nwea__assessment_scores
    union all
    select source_id, api_id, measure, kind, data_type, result from staging.stg_nwea_partner__result_scores
    union all
    select source_id, api_id, measure, 'level', 'Level', level from projections
),

scores as (
    select
        results.source_id,
        results.api_id,
        '' as identification_code,
        told.measure,
        told.kind,
        told.data_type,
        told.result
    from told
    join results on results.told_by = told.source_id and results.told_id = told.api_id
    union all
    -- The partner API tells the term of a result beside it.
    select source_id, api_id, '', 'Term Name', 'score', 'Level', term_name
    from results
    where is_by_partner
    union all
    select source_id, api_id, identification_code, measure, kind, data_type, result from goal_scores
),

final as (
    select
        results.source_id,
        results.api_id,
        results.school_year,
        results.namespace,
        results.data_standard,
        results.assessment_identifier,
        scores.identification_code,
        scores.measure,
        concat(results.namespace, '/AssessmentReportingMethodDescriptor#', scores.measure) as method,
        scores.kind,
        concat('uri://ed-fi.org/ResultDatatypeTypeDescriptor#', scores.data_type) as data_type,
        substr(scores.result, 1, 35) as result,
        if(
            scores.kind = 'level',
            concat(results.namespace, '/PerformanceLevelDescriptor#', substr(scores.result, 1, 35)),
            null
        ) as level,
        if(scores.kind = 'level', not regexp_contains(lower(scores.result), r'^(no|not|did not)\b'), null) as is_met
    from results
    join scores on scores.source_id = results.source_id and scores.api_id = results.api_id
    where scores.result is not null
)

select * from final
