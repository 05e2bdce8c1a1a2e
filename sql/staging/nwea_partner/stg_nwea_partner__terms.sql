/* model
description: "One row per live record of terms in NWEA's partner API, typed: terms."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  term_bid: {type: STRING, description: "Id of the term at NWEA."}
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [term_bid], severity: warn}
*/
with records as (
    select * from current_nwea_partner.terms
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.termBid') as term_bid,
        json_value(data, '$.name') as term_name,
        extracted_at
    from records
)

select * from final
