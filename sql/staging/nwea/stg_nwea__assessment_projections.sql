/* model
description: >-
  One row per result of a MAP Growth test and study (such as a state's test) on which NWEA projects a proficiency, of up
  to ten.
materialize: table
key: [source_id, api_id, study_number]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea__assessment_results."}
  study_number: {type: INT64, description: "Place of the study in the export, 1 to 10; it says nothing else."}
  study: {type: STRING, description: Name of the study.}
  level: {type: STRING, description: Level that is projected.}
tests:
  - not_null: [study, level]
  - range: {column: study_number, min: 1, max: 10}
*/
with records as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.ProjectedProficiencyStudy1') as study_1,
        json_value(data, '$.ProjectedProficiencyLevel1') as level_1,
        json_value(data, '$.ProjectedProficiencyStudy2') as study_2,
        json_value(data, '$.ProjectedProficiencyLevel2') as level_2,
        json_value(data, '$.ProjectedProficiencyStudy3') as study_3,
        json_value(data, '$.ProjectedProficiencyLevel3') as level_3,
        json_value(data, '$.ProjectedProficiencyStudy4') as study_4,
        json_value(data, '$.ProjectedProficiencyLevel4') as level_4,
        json_value(data, '$.ProjectedProficiencyStudy5') as study_5,
        json_value(data, '$.ProjectedProficiencyLevel5') as level_5,
        json_value(data, '$.ProjectedProficiencyStudy6') as study_6,
        json_value(data, '$.ProjectedProficiencyLevel6') as level_6,
        json_value(data, '$.ProjectedProficiencyStudy7') as study_7,
        json_value(data, '$.ProjectedProficiencyLevel7') as level_7,
        json_value(data, '$.ProjectedProficiencyStudy8') as study_8,
        json_value(data, '$.ProjectedProficiencyLevel8') as level_8,
        json_value(data, '$.ProjectedProficiencyStudy9') as study_9,
        json_value(data, '$.ProjectedProficiencyLevel9') as level_9,
        json_value(data, '$.ProjectedProficiencyStudy10') as study_10,
        json_value(data, '$.ProjectedProficiencyLevel10') as level_10
    from current_nwea.assessment_results
),

projections as (
    select records.source_id, records.api_id, item.study_number, item.study, item.level
    from records
    cross join unnest([
        struct(1 as study_number, study_1 as study, level_1 as level),
        (2, study_2, level_2),
        (3, study_3, level_3),
        (4, study_4, level_4),
        (5, study_5, level_5),
        (6, study_6, level_6),
        (7, study_7, level_7),
        (8, study_8, level_8),
        (9, study_9, level_9),
        (10, study_10, level_10)
    ]) as item
),

final as (
    select source_id, api_id, study_number, trim(study) as study, trim(level) as level
    from projections
    where trim(study) != '' and trim(level) != ''
)

select * from final
