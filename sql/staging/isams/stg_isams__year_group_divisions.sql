/* model
description: >-
  One row per live record of year_group_divisions in iSAMS, typed: divisions of each year group. Days are cut from
  the midnights that iSAMS writes them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  nc_year: {type: INT64, description: Year of the national curriculum whose division it is.}
  isams_division_id: {type: INT64, description: Id of the division; several year groups may share it.}
  division_code: {type: STRING, description: Code.}
  division_name: {type: STRING, description: Name.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [nc_year, isams_division_id], severity: warn}
*/
with records as (
    select * from current_isams.year_group_divisions
),

final as (
    select
        source_id,
        record_id as api_id,
        safe_cast(json_value(data, '$._parents.year_group') as int64) as nc_year,
        safe_cast(json_value(data, '$.id') as int64) as isams_division_id,
        json_value(data, '$.code') as division_code,
        json_value(data, '$.name') as division_name,
        extracted_at
    from records
)

select * from final
