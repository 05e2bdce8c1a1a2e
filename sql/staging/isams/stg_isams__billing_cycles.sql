/* model
description: >-
  One row per live record of billing_cycles in iSAMS, typed: cycles of billing. Days are cut from the midnights that
  iSAMS writes them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  isams_id: {type: INT64, description: Id of the record in iSAMS.}
  is_active: {type: BOOL, description: Whether it is in use.}
  early_payment_date: {type: DATE, description: Early payment date.}
  end_date: {type: DATE, description: Last day.}
  name: {type: STRING, description: Name.}
  raw_school_year: {type: INT64, description: "School year as iSAMS has it: the year in which it begins."}
  start_date: {type: DATE, description: First day.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [isams_id], severity: warn}
*/
with records as (
    select * from current_isams.billing_cycles
),

final as (
    select
        source_id,
        record_id as api_id,
        safe_cast(json_value(data, '$.id') as int64) as isams_id,
        lax_bool(json_query(data, '$.active')) as is_active,
        safe_cast(left(json_value(data, '$.earlyPaymentDate'), 10) as date) as early_payment_date,
        safe_cast(left(json_value(data, '$.endDate'), 10) as date) as end_date,
        json_value(data, '$.name') as name,
        safe_cast(json_value(data, '$.schoolYear') as int64) as raw_school_year,
        safe_cast(left(json_value(data, '$.startDate'), 10) as date) as start_date,
        extracted_at
    from records
)

select * from final
