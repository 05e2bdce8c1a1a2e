/* model
description: >-
  One row per result that is sent and goal (instructional area) of it, with the code that the goal has as an objective
  of its assessment. A goal is known by its name, wherever the export, or the partner API, has it.
materialize: table
optional:
  - staging.stg_nwea__assessment_goals
  - staging.stg_nwea_partner__instructional_areas
key: [source_id, api_id, identification_code]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  api_id: {type: STRING, description: "Id of the result, as in nwea_edfi__results."}
  school_year: {type: INT64, description: The target's school year.}
  assessment_identifier: {type: STRING, description: The assessment that the goal is an objective of.}
  identification_code:
    type: STRING
    description: "Code of the objective: the beginning of its name and a hash of assessment and name, at most 60 long."
  goal_name: {type: STRING, description: Name of the goal.}
  rit: {type: STRING, description: RIT score of the goal.}
  rit_se: {type: STRING, description: Standard error of that score.}
  rit_range: {type: STRING, description: Range of that score.}
  adjective: {type: STRING, description: "Fifth by the norms, from Low to High."}
tests:
  - expression: {name: codes_fit, sql: length(identification_code) <= 60}
*/
with results as (
    select * from delivery.nwea_edfi__results where reason is null
),

goals as (
    select source_id, api_id, goal_number, goal_name, rit, rit_se, rit_range, adjective
    from staging.stg_nwea__assessment_goals
    union all
    select source_id, api_id, area_number, area_name, rit, rit_se, rit_range, cast(null as string)
    from staging.stg_nwea_partner__instructional_areas
),

coded as (
    select
        results.source_id,
        results.api_id,
        results.school_year,
        results.assessment_identifier,
        goals.goal_number,
        goals.goal_name,
        concat(
            trim(substr(regexp_replace(lower(goals.goal_name), r'[^a-z0-9]+', '-'), 1, 51), '-'),
            '-',
            substr(to_hex(md5(concat(results.assessment_identifier, '\u001f', lower(goals.goal_name)))), 1, 8)
        ) as identification_code,
        goals.rit,
        goals.rit_se,
        goals.rit_range,
        goals.adjective
    from results
    join goals on goals.source_id = results.told_by and goals.api_id = results.told_id
),

final as (
    select
        source_id,
        api_id,
        school_year,
        assessment_identifier,
        identification_code,
        goal_name,
        cast(rit as string) as rit,
        cast(rit_se as string) as rit_se,
        rit_range,
        adjective
    from coded
    where true
    qualify row_number() over (
        partition by source_id, api_id, identification_code order by if(rit is null, 1, 0), goal_number
    ) = 1
)

select * from final
