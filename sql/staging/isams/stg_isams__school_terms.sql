/* model
description: >-
  One row per live record of school_terms in iSAMS, typed: terms. Days are cut from the midnights that iSAMS writes
  them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  isams_id: {type: INT64, description: Id of the record in iSAMS.}
  finish_date: {type: DATE, description: Last day.}
  name: {type: STRING, description: Name.}
  raw_school_year: {type: INT64, description: "School year as iSAMS has it: the year in which it begins."}
  start_date: {type: DATE, description: First day.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [isams_id], severity: warn}
*/
with records as (
    select * from current_isams.school_terms
),

final as (
    select
        source_id,
        record_id as api_id,
        safe_cast(json_value(data, '$.id') as int64) as isams_id,
        safe_cast(left(json_value(data, '$.finishDate'), 10) as date) as finish_date,
        json_value(data, '$.name') as name,
        safe_cast(json_value(data, '$.schoolYear') as int64) as raw_school_year,
        safe_cast(left(json_value(data, '$.startDate'), 10) as date) as start_date,
        extracted_at
    from records
)

select * from final
