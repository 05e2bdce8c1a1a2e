/* model
description: "One row per live record of schools in NWEA's partner API, typed: schools."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  school_bid: {type: STRING, description: "Id of the school at NWEA."}
  district_bid: {type: STRING, description: "Id of the district at NWEA."}
  name: {type: STRING, description: "Name."}
  school_state_id: {type: STRING, description: "Id of the school in the state."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [school_bid], severity: warn}
*/
with records as (
    select * from current_nwea_partner.schools
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.schoolBid') as school_bid,
        json_value(data, '$.districtBid') as district_bid,
        json_value(data, '$.name') as name,
        json_value(data, '$.stateCode') as school_state_id,
        extracted_at
    from records
)

select * from final
