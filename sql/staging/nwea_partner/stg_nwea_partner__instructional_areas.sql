/* model
description: >-
  One row per result in NWEA's partner API and instructional area that it has a name for, which the district's export
  calls a goal.
materialize: table
key: [source_id, api_id, area_number]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea_partner__test_results."}
  area_number: {type: INT64, description: "Place of the area in the result, from 1; it says nothing else."}
  area_bid: {type: STRING, description: Id of the area at NWEA.}
  area_name: {type: STRING, description: Name of the area.}
  rit: {type: NUMERIC, description: RIT score of the area.}
  rit_se: {type: NUMERIC, description: Standard error of that score.}
  rit_range: {type: STRING, description: "Range of that score in whole numbers, such as 195-207."}
tests:
  - not_null: [area_name]
*/
with records as (
    select * from current_nwea_partner.test_results
),

areas as (
    select
        records.source_id,
        records.record_id as api_id,
        place + 1 as area_number,
        json_value(item, '$.bid') as area_bid,
        nullif(trim(json_value(item, '$.name')), '') as area_name,
        safe_cast(json_value(item, '$.score') as numeric) as rit,
        safe_cast(json_value(item, '$.stdErr') as numeric) as rit_se,
        safe_cast(json_value(item, '$.low') as numeric) as low,
        safe_cast(json_value(item, '$.high') as numeric) as high
    from records
    cross join unnest(json_query_array(records.data, '$.instructionalAreas')) as item with offset as place
),

final as (
    select
        source_id,
        api_id,
        area_number,
        area_bid,
        area_name,
        rit,
        rit_se,
        concat(cast(cast(round(low) as int64) as string), '-', cast(cast(round(high) as int64) as string)) as rit_range
    from areas
    where area_name is not null
)

select * from final
