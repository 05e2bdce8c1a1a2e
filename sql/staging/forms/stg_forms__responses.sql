/* model
description: One row per response to a form.
materialize: table
key: [source_id, form_id, response_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  form_id: {type: STRING, description: Id of the form.}
  response_id: {type: STRING, description: Id of the response.}
  respondent_email:
    type: STRING
    description: "Address of who answered, in lower case; NULL where the form does not ask for it."
    pii: true
  submitted_at: {type: TIMESTAMP, description: When it was submitted last.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
*/
with records as (
    select * from current_forms.responses
),

final as (
    select
        source_id,
        json_value(data, '$._parents.form') as form_id,
        json_value(data, '$.responseId') as response_id,
        nullif(lower(trim(json_value(data, '$.respondentEmail'))), '') as respondent_email,
        safe_cast(
            coalesce(json_value(data, '$.lastSubmittedTime'), json_value(data, '$.createTime')) as timestamp
        ) as submitted_at,
        extracted_at
    from records
)

select * from final
