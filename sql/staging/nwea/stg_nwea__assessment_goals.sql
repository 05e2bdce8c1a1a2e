/* model
description: >-
  One row per result of a MAP Growth test and goal (instructional area) that it has a name for, of up to eight.
materialize: table
key: [source_id, api_id, goal_number]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea__assessment_results."}
  goal_number: {type: INT64, description: "Place of the goal in the export, 1 to 8; it says nothing else."}
  goal_name: {type: STRING, description: Name of the goal.}
  rit: {type: NUMERIC, description: RIT score of the goal.}
  rit_se: {type: NUMERIC, description: Standard error of that score.}
  rit_range: {type: STRING, description: "Range of that score, such as 195-207."}
  adjective: {type: STRING, description: "Fifth by the norms, from Low to High."}
tests:
  - not_null: [goal_name]
  - range: {column: goal_number, min: 1, max: 8}
*/
with records as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.Goal1Name') as goal_1_name,
        json_value(data, '$.Goal1RitScore') as goal_1_rit,
        json_value(data, '$.Goal1StdErr') as goal_1_rit_se,
        json_value(data, '$.Goal1Range') as goal_1_range,
        json_value(data, '$.Goal1Adjective') as goal_1_adjective,
        json_value(data, '$.Goal2Name') as goal_2_name,
        json_value(data, '$.Goal2RitScore') as goal_2_rit,
        json_value(data, '$.Goal2StdErr') as goal_2_rit_se,
        json_value(data, '$.Goal2Range') as goal_2_range,
        json_value(data, '$.Goal2Adjective') as goal_2_adjective,
        json_value(data, '$.Goal3Name') as goal_3_name,
        json_value(data, '$.Goal3RitScore') as goal_3_rit,
        json_value(data, '$.Goal3StdErr') as goal_3_rit_se,
        json_value(data, '$.Goal3Range') as goal_3_range,
        json_value(data, '$.Goal3Adjective') as goal_3_adjective,
        json_value(data, '$.Goal4Name') as goal_4_name,
        json_value(data, '$.Goal4RitScore') as goal_4_rit,
        json_value(data, '$.Goal4StdErr') as goal_4_rit_se,
        json_value(data, '$.Goal4Range') as goal_4_range,
        json_value(data, '$.Goal4Adjective') as goal_4_adjective,
        json_value(data, '$.Goal5Name') as goal_5_name,
        json_value(data, '$.Goal5RitScore') as goal_5_rit,
        json_value(data, '$.Goal5StdErr') as goal_5_rit_se,
        json_value(data, '$.Goal5Range') as goal_5_range,
        json_value(data, '$.Goal5Adjective') as goal_5_adjective,
        json_value(data, '$.Goal6Name') as goal_6_name,
        json_value(data, '$.Goal6RitScore') as goal_6_rit,
        json_value(data, '$.Goal6StdErr') as goal_6_rit_se,
        json_value(data, '$.Goal6Range') as goal_6_range,
        json_value(data, '$.Goal6Adjective') as goal_6_adjective,
        json_value(data, '$.Goal7Name') as goal_7_name,
        json_value(data, '$.Goal7RitScore') as goal_7_rit,
        json_value(data, '$.Goal7StdErr') as goal_7_rit_se,
        json_value(data, '$.Goal7Range') as goal_7_range,
        json_value(data, '$.Goal7Adjective') as goal_7_adjective,
        json_value(data, '$.Goal8Name') as goal_8_name,
        json_value(data, '$.Goal8RitScore') as goal_8_rit,
        json_value(data, '$.Goal8StdErr') as goal_8_rit_se,
        json_value(data, '$.Goal8Range') as goal_8_range,
        json_value(data, '$.Goal8Adjective') as goal_8_adjective
    from current_nwea.assessment_results
),

goals as (
    select
        records.source_id,
        records.api_id,
        item.goal_number,
        item.goal_name,
        item.rit,
        item.rit_se,
        item.rit_range,
        item.adjective
    from records
    cross join unnest([
        struct(
            1 as goal_number,
            goal_1_name as goal_name,
            goal_1_rit as rit,
            goal_1_rit_se as rit_se,
            goal_1_range as rit_range,
            goal_1_adjective as adjective
        ),
        (2, goal_2_name, goal_2_rit, goal_2_rit_se, goal_2_range, goal_2_adjective),
        (3, goal_3_name, goal_3_rit, goal_3_rit_se, goal_3_range, goal_3_adjective),
        (4, goal_4_name, goal_4_rit, goal_4_rit_se, goal_4_range, goal_4_adjective),
        (5, goal_5_name, goal_5_rit, goal_5_rit_se, goal_5_range, goal_5_adjective),
        (6, goal_6_name, goal_6_rit, goal_6_rit_se, goal_6_range, goal_6_adjective),
        (7, goal_7_name, goal_7_rit, goal_7_rit_se, goal_7_range, goal_7_adjective),
        (8, goal_8_name, goal_8_rit, goal_8_rit_se, goal_8_range, goal_8_adjective)
    ]) as item
),

final as (
    select
        source_id,
        api_id,
        goal_number,
        trim(goal_name) as goal_name,
        safe_cast(rit as numeric) as rit,
        safe_cast(rit_se as numeric) as rit_se,
        nullif(trim(rit_range), '') as rit_range,
        nullif(trim(adjective), '') as adjective
    from goals
    where trim(goal_name) != ''
)

select * from final
