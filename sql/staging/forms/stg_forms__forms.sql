/* model
description: "One row per form of Google Forms that the account can read, with what Drive says of it."
materialize: table
key: [source_id, form_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  form_id: {type: STRING, description: Id of the form.}
  title: {type: STRING, description: "Title that respondents see; where there is none, the name of the file."}
  created_at: {type: TIMESTAMP, description: When the form was made.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
*/
with forms as (
    select * from current_forms.forms
),

files as (
    select * from current_forms.files
),

final as (
    select
        forms.source_id,
        json_value(forms.data, '$.formId') as form_id,
        coalesce(
            nullif(trim(json_value(forms.data, '$.info.title')), ''),
            nullif(trim(json_value(forms.data, '$.info.documentTitle')), ''),
            json_value(files.data, '$.name')
        ) as title,
        safe_cast(json_value(files.data, '$.createdTime') as timestamp) as created_at,
        forms.extracted_at
    from forms
    left join files
        on files.source_id = forms.source_id
        and json_value(files.data, '$.id') = json_value(forms.data, '$.formId')
)

select * from final
