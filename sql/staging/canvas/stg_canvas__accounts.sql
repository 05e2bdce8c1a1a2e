/* model
description: "One row per live record of accounts in Canvas, typed: accounts below the root."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  lms_id: {type: STRING, description: "Id of the record in Canvas."}
  name: {type: STRING, description: "Name."}
  parent_account_id: {type: STRING, description: "Id of the account above it."}
  root_account_id: {type: STRING, description: "Id of the root account."}
  sis_account_id: {type: STRING, description: "Id of the account in the school's own system."}
  workflow_state: {type: STRING, description: "State of the record in Canvas."}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [lms_id], severity: warn}
*/
with records as (
    select * from current_canvas.accounts
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.id') as lms_id,
        json_value(data, '$.name') as name,
        json_value(data, '$.parent_account_id') as parent_account_id,
        json_value(data, '$.root_account_id') as root_account_id,
        json_value(data, '$.sis_account_id') as sis_account_id,
        json_value(data, '$.workflow_state') as workflow_state,
        extracted_at
    from records
)

select * from final
